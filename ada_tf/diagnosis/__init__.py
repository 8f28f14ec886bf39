"""Diagnosis of a run: a table of checks, each a pure function of the files of the run."""
