"""Copies of training images among generated ones."""

TESTED, DRAWN = 1000, 32  # images searched for copies, and of those shown
COPIES, CANNOT_TELL, NO_SIGN = "copies", "cannot tell", "none"  # verdicts
