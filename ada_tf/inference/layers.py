"""What the layers of a synthesis network are called: by numbers, and by the resolution they work at."""

from ada_tf.errors import UserError

# Names of resolutions as of arXiv 1812.04948, section 3.1: the lowest and the highest.
GROUPS = {"coarse": (4, 8), "middle": (16, 32), "fine": (64, 2**30)}


def layers_of(generator, styles, argument: str = "styles") -> list[int]:
    """Numbers of layers.

    Args:
        generator: a LatentGenerator.
        styles: one of `GROUPS`; or several, each of `GROUPS` or a number of 0, the coarsest, to
            num_ws - 1.
        argument: what they are called in messages.

    Returns:
        Those numbers, rising, each once.

    Raises:
        UserError: a layer does not exist.
    """
    found = set()
    for style in [styles] if isinstance(styles, str) else list(styles):
        if isinstance(style, str) and style in GROUPS:
            found.update(_group(generator, style, argument))
        elif style in range(generator.num_ws):
            found.add(int(style))
        else:
            raise UserError(
                f"{argument}={style} must be layers of 0 to {generator.num_ws - 1}, or of"
                f" {', '.join(GROUPS)}."
            )
    return sorted(found)


def resolutions_of(generator) -> list[int]:
    """The block in which each intermediate latent is used first, [num_ws]: 4, 8, 8, 16, 16, ...

    A block of `Shape.blocks` is called by the side that squares of a power of two have there. The last
    latent is that of the image layer of the last block alone.

    Returns:
        Nothing, if the generator is of a family whose layers have no resolutions.
    """
    synthesis = generator.synthesis
    blocks, shape = getattr(synthesis, "blocks", None), getattr(synthesis, "shape", None)
    if not blocks or shape is None:
        return []
    found = [
        r for r, block in zip(shape.blocks, blocks, strict=True) for _ in range(block.num_conv)
    ]
    return [*found, shape.top]


def _group(generator, name: str, argument: str) -> list[int]:
    low, high = GROUPS[name]
    resolutions = resolutions_of(generator)
    found = [layer for layer, r in enumerate(resolutions) if low <= r <= high]
    if not found:
        there = [g for g, (least, _) in GROUPS.items() if least <= max(resolutions, default=0)]
        raise UserError(
            f"{argument}={name!r}: this generator has no layers of {low} pixels or more; give"
            f" {''.join(f'{g}, ' for g in there)}or numbers of 0 to {generator.num_ws - 1}."
        )
    return found
