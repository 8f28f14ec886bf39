"""Is the data fit to be learnt from?"""

from ada_tf.diagnosis.evidence import Evidence
from ada_tf.diagnosis.finding import Finding, Level

FEW = 100  # arXiv 2006.06676 and our own runs: with fewer, what is generated are mostly copies
TWINS = 0.05  # part of the pictures that have a near twin; ordinary sets have none
# Creatures, critters, emoji, digits and solar cells have 0.0056 to 0.030; creatures with digits, from a
# tenth of them to half, 0 (experiments/doctor).
JOINED = 0.003
SMALLEST = 0.05  # part of the pictures in the smaller kind


def too_few(found: Evidence) -> Finding | None:
    """Fewer pictures than anything can be learnt from."""
    if found.reals is None or found.reals.count >= FEW:
        return None
    return Finding(
        "too few pictures",
        Level.WARNING,
        f"{found.reals.count} pictures are too few: below about {FEW} expect copies of them.",
        "pictures",
        found.reals.count,
        FEW,
        "Add pictures of the same kind, or start from trained networks with --resume.",
    )


def duplicates(found: Evidence) -> Finding | None:
    """Pictures that are there several times, a little changed."""
    reals = found.reals
    if reals is None or reals.looked_at == 0 or reals.twins < TWINS * reals.looked_at:
        return None
    return Finding(
        "duplicates",
        Level.WARNING,
        f"{reals.twins:,} of {reals.looked_at:,} training pictures have one that is almost the same:"
        " there are fewer pictures than it seems, and those are learnt by heart first.",
        "near twins",
        reals.twins,
        TWINS * reals.looked_at,
        "Keep one of each; exact copies have been left out already.",
    )


def two_kinds(found: Evidence) -> Finding | None:
    """Pictures that fall into two groups with nothing in between."""
    reals = found.reals
    if reals is None or reals.joined > JOINED or reals.smaller < SMALLEST:
        return None
    if found.config.architecture.label_dim:  # classes may be of two kinds, and are told
        return None
    return Finding(
        "mixed data",
        Level.WARNING,
        "the training pictures are of two kinds, by their colours, contrast and edges, with hardly"
        f" anything in between; {reals.smaller:.0%} are of the smaller one. Each has fewer pictures"
        " than it seems.",
        "connectivity",
        reals.joined,
        JOINED,
        "Train on one kind, or tell them apart: a sub-folder each, and --cond.",
    )
