"""Durations in words: one number of as many digits as are known."""

_MINUTE, _HOUR, DAY, _YEAR = 60, 3600, 86400, 365.25 * 86400
# (seconds, name, end): a unit is used for less than two of the next one.
_UNITS = (
    (1, "s", 2 * _MINUTE),
    (_MINUTE, "min", 2 * _HOUR),
    (_HOUR, "h", 2 * DAY),
    (DAY, "days", _YEAR),
)


def in_words(seconds: float) -> str:
    """Round to two digits: 40 s, 4 min, 41 h, 8 days or 3 years; below a second 1 s.

    Args:
        seconds: at least 0.
    """
    for unit, name, longest in _UNITS:
        if seconds < longest:
            return f"{two_digits(max(seconds, 1) / unit)} {name}"
    return f"{two_digits(seconds / _YEAR)} years"


def two_digits(number: float) -> str:
    """Format numbers below ten with two digits, larger ones as whole numbers: 2.5, 41, 1,234."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
