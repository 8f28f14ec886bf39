"""What state is a run in? A table of checks, each a pure function of what a run has left behind."""
