"""The version of ada_tf, of which setup.cfg and every file that is written take theirs."""

__version__ = "0.2.0"
