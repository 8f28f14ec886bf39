"""What the channels of pictures mean. Their number says it; nothing else asks.

1 is grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; more are bands, of which each is a picture of its
own. Alpha is straight, not premultiplied, and opaque where it is highest.
"""

GREY, GREY_ALPHA, RGB, RGBA = 1, 2, 3, 4
BITS = (8, 16)  # of a number of a picture


def has_alpha(channels: int) -> bool:
    """Whether the last channel says how opaque a pixel is."""
    return channels in (GREY_ALPHA, RGBA)


def are_bands(channels: int) -> bool:
    """Whether there are more channels than a colour has."""
    return channels > RGBA


def without_alpha(channels: int) -> int:
    """How many channels hold what is seen, which are the first."""
    return channels - has_alpha(channels)


def shown(channels: int) -> int:
    """How many channels pictures have when they are looked at: 1 or 3."""
    return min(without_alpha(channels), RGB)


def in_words(channels: int) -> str:
    """What pictures are, such as "grey" or "6-band"."""
    words = {GREY: "grey", GREY_ALPHA: "grey + alpha", RGB: "RGB", RGBA: "RGB + alpha"}
    return words.get(channels, f"{channels}-band")


def how_shown(channels: int, bits: int = 8) -> str:
    """What is done to pictures of which others see 8 bits of grey or RGB, in words; "" is nothing."""
    done = []
    if has_alpha(channels):
        done.append("laid on white")
    if are_bands(channels):
        done.append(f"the first 3 of {channels} bands")
    if bits > 8:
        done.append(f"{bits} bits reduced to 8")
    return ", ".join(done)
