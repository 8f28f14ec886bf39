"""The checks: pure functions, evidence -> `Finding` or None; a file for each thing that is looked at."""
