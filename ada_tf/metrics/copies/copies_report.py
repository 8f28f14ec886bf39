"""What was found of copies: in words, and as JSON."""

from ada_tf.metrics.copies.copies import Copies


def describe(found: Copies) -> str:
    """In words, the count first: "42 of 1,000 generated images are copies; 4 expected by chance"."""
    count, tested = found.count, found.tested
    looks = "looks like a copy" if count == 1 else "look like copies"
    exact = int(found.exact.sum())
    lines = [
        f"{count:,} of {tested:,} generated images {looks} of training images;"
        f" {found.expected:.2g} expected by chance, {_chance(found.p)}: {verdict(found)}."
    ]
    if exact:
        lines.append(f"  {exact:,} are training images to the last byte, as they are or mirrored")
    for view in found.views:
        mirrored = int((view.flagged & view.fakes.mirrored).sum())
        lines.append(
            f"  by {view.name}: {int(view.flagged.sum()):,}, {mirrored:,} of them mirrored; a generated"
            f" image is the nearer one in {view.nearer:.0%} of pairs with unseen reals"
            f" (50% is as far as reality, {_chance(view.nearer_p)})"
        )
    kind = "held-out reals" if found.held_out else "training images, each left out in turn"
    twins = f", {found.twins:,} more are training images themselves" if found.twins else ""
    lines.append(f"  by chance: {found.below:,} of {found.unseen:,} {kind}{twins}")
    if found.largest_equal > 1:
        lines.append(f"  {found.largest_equal:,} of {tested:,} are the same image, byte for byte")
    if found.distinct < tested:
        lines.append(
            f"  {found.distinct:,} are left where those that differ less than copies are one"
        )
    return "\n".join(lines)


def verdict(found: Copies) -> str:
    """Whether the generator copies, in words."""
    return "the generator copies" if found.copying else "no sign of copying"


def _chance(p: float) -> str:
    return "p < 1e-300" if p < 1e-300 else f"p = {p:.1g}"


def to_json(found: Copies, fake_names=None, training_names=None) -> dict:
    """As JSON values.

    Args:
        found: of `copy_search`.
        fake_names: of the generated images, such as files; None numbers them.
        training_names: index -> name of a training image, a sequence; None numbers them.

    Returns:
        tested, count, expected, p, copying, exact, distinct, largest_equal; unseen: kind, count,
        below, twins; views: name, limit, count, mirrored, nearer, nearer_p; images, those that look
        like copies, the most suspicious first: generated, nearest, view, mirrored, distance,
        relative, exact, views (all that flag it).
    """
    name = lambda names, i: int(i) if names is None else str(names[i])  # noqa: E731
    images = []
    for i in found.suspicion.argsort(kind="stable"):
        if not found.flagged[i]:
            continue
        view = found.seen_by(i)
        images.append(
            {
                "generated": name(fake_names, i),
                "nearest": name(training_names, view.fakes.indices[i, 0]),
                "view": view.name,
                "mirrored": bool(view.fakes.mirrored[i]),
                "distance": float(view.fakes.distance[i]),
                "relative": float(view.fakes.relative[i]),
                "exact": bool(found.exact[i]),
                "views": [v.name for v in found.views if v.flagged[i]],
            }
        )
    return {
        "tested": found.tested,
        "count": found.count,
        "expected": found.expected,
        "p": found.p,
        "copying": found.copying,
        "exact": int(found.exact.sum()),
        "distinct": found.distinct,
        "largest_equal": found.largest_equal,
        "unseen": {
            "kind": "held out" if found.held_out else "training, each left out in turn",
            "count": found.unseen,
            "below": found.below,
            "twins": found.twins,
        },
        "views": [
            {
                "name": view.name,
                "limit": view.limit,
                "count": int(view.flagged.sum()),
                "mirrored": int((view.flagged & view.fakes.mirrored).sum()),
                "nearer": view.nearer,
                "nearer_p": view.nearer_p,
            }
            for view in found.views
        ],
        "images": images,
    }
