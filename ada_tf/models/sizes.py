"""Sizes of StyleGAN2's networks, from their settings alone: nothing is built."""


def channels_at(block: int, channel_base: int, channel_max: int) -> int:
    """Feature maps of a block: halved for each doubling above the maximum."""
    return min(channel_base // block, channel_max)
