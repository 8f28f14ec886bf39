"""Meaning of the channels of pictures, by their number.

1 is grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; more are bands, of which each is a picture of its
own. Alpha is straight, not premultiplied, and opaque where it is highest.
"""

GREY, _GREY_ALPHA, RGB, RGBA = 1, 2, 3, 4
BITS = (8, 16)  # of a number of a picture


def has_alpha(channels: int) -> bool:
    """Return True if the last channel is the opacity of a pixel."""
    return channels in (_GREY_ALPHA, RGBA)


def are_bands(channels: int) -> bool:
    """Return True for more channels than a colour has."""
    return channels > RGBA


def without_alpha(channels: int) -> int:
    """Return the number of channels of grey, colour or bands; they come first."""
    return channels - has_alpha(channels)


def shown(channels: int) -> int:
    """Return the number of channels of pictures on a screen: 1 or 3."""
    return min(without_alpha(channels), RGB)


def in_words(channels: int) -> str:
    """Name pictures by their channels: "grey", "6-band"."""
    words = {GREY: "grey", _GREY_ALPHA: "grey + alpha", RGB: "RGB", RGBA: "RGB + alpha"}
    return words.get(channels, f"{channels}-band")


def how_shown(channels: int, bits: int = 8) -> str:
    """Say how pictures become 8 bits of grey or RGB for a screen; "" leaves them as they are."""
    done = []
    if has_alpha(channels):
        done.append("laid on white")
    if are_bands(channels):
        done.append(f"the first 3 of {channels} bands")
    if bits > 8:
        done.append(f"{bits} bits reduced to 8")
    return ", ".join(done)
