"""Does a generator copy? How many of its images are nearer to a training image than chance makes them.

What chance makes is learnt from unseen real images: those held out of training or, without any, each
training image beside the others. A limit is drawn which one in a hundred of them falls below, and
generated images below it are counted.
"""

import dataclasses

import numpy as np
import scipy.sparse.csgraph
import scipy.special
import scipy.stats

from ada_tf.errors import UserError
from ada_tf.metrics.copies.neighbours import Neighbours
from ada_tf.metrics.measures.samples import distance_blocks

LEVEL = 0.01  # part of unseen reals that falls below the limits, of all views together
ALARM = 1e-3  # p-value below which a generator is said to copy
SAME = 1e-3  # relative distance that is none but for round-off
# A real image that training has not seen may have a near twin there: it is one if among all the unseen
# so near a neighbour is expected less often than this.
TWIN = 0.05


@dataclasses.dataclass(frozen=True)
class View:
    """How near generated and unseen images are to the training images, as one view sees it.

    Attributes:
        name: in words.
        fakes: of N generated images.
        unseen: of M real ones.
        limit: relative distance below which an image is a suspect.
    """

    name: str
    fakes: Neighbours
    unseen: Neighbours
    limit: float

    @property
    def flagged(self) -> np.ndarray:
        """Generated images that look like copies, bool [N]."""
        return below(self.fakes.relative, self.limit)

    @property
    def nearer(self) -> float:
        """Probability that a generated image is nearer, relatively, than an unseen one; ties count half.

        0.5 is as far as reality. It says nothing of a few copies among many, and blurred images of
        an honest generator may be nearer than reality in small pixels.
        """
        found = scipy.stats.mannwhitneyu(self.unseen.relative, self.fakes.relative)
        return float(found.statistic / (len(self.fakes.relative) * len(self.unseen.relative)))

    @property
    def nearer_p(self) -> float:
        """p-value of Mann and Whitney that generated images are nearer as a whole, one-sided."""
        return float(
            scipy.stats.mannwhitneyu(
                self.fakes.relative, self.unseen.relative, alternative="less"
            ).pvalue
        )


@dataclasses.dataclass(frozen=True)
class Copies:
    """Generated images that look like copies of training images.

    Attributes:
        views: of `View`, one or more.
        unseen: real images that say what chance makes.
        below: of those, how many are at or below a limit in any view.
        twins: further ones that do not count, since a training image is the same.
        held_out: whether they were held out; otherwise each training image was left out in turn.
        exact: bool [N], generated images all of whose bytes are those of a training image, in either
            orientation.
        equal: int64 [N], the first generated image of the same bytes.
        alike: int64 [N], number of the group of generated images that are as near to each other as
            copies are; counted from 0.
    """

    views: tuple[View, ...]
    unseen: int
    below: int
    twins: int
    held_out: bool
    exact: np.ndarray
    equal: np.ndarray
    alike: np.ndarray

    @property
    def tested(self) -> int:
        """Generated images that were looked at."""
        return len(self.exact)

    @property
    def flagged(self) -> np.ndarray:
        """Images that look like copies to any view, bool [N]."""
        return np.any([self.exact, *(view.flagged for view in self.views)], axis=0)

    @property
    def count(self) -> int:
        """How many look like copies."""
        return int(self.flagged.sum())

    @property
    def expected(self) -> float:
        """How many would by chance."""
        return expected(self.tested, self.below, self.unseen)

    @property
    def distinct(self) -> int:
        """Groups of generated images that are not alike: the number of its modes at most."""
        return int(self.alike.max()) + 1

    @property
    def p(self) -> float:
        """Probability that so many groups hold a suspect by chance.

        Groups, because images that are alike are one accident: of ten modes one may fall below a
        limit, and a tenth of the images with it.
        """
        suspects = len(np.unique(self.alike[self.flagged]))
        return p_value(suspects, self.distinct, self.below, self.unseen)

    @property
    def copying(self) -> bool:
        """Whether the generator is said to copy."""
        return bool(self.p < ALARM or self.exact.any())

    @property
    def suspicion(self) -> np.ndarray:
        """How far below or above the limit an image is in the view that suspects it most: float64 [N]."""
        return np.where(self.exact, 0, suspicion(self.views))

    def seen_by(self, image: int) -> View:
        """The view that suspects an image most."""
        return min(self.views, key=lambda view: _over(view.fakes.relative[image], view.limit))

    @property
    def largest_equal(self) -> int:
        """Images of the largest group of equal ones."""
        return int(np.bincount(self.equal).max())


def suspicion(views) -> np.ndarray:
    """float64 [N], distance over limit in the view where that is smallest; below 1 is a suspect."""
    return np.min([_over(view.fakes.relative, view.limit) for view in views], axis=0)


def _over(relative, limit: float):
    return relative / max(limit, SAME)


def below(relative, limit: float) -> np.ndarray:
    """Which are below the limit, or are no distance at all."""
    return (relative < limit) | (relative < SAME)


def expected(tested: int, rank: int, unseen: int) -> float:
    """How many of the tested fall below the `rank` lowest of the unseen, if they are no different."""
    return tested * rank / (unseen + 1)


def p_value(count: int, tested: int, rank: int, unseen: int) -> float:
    """Probability that at least `count` fall below the `rank` lowest unseen, if they are no different.

    A binomial distribution whose probability is itself known from the unseen only: beta-binomial. It
    is exact for one view and independent images.
    """
    if count <= 0:
        return 1.0
    # Summed from its logarithms: the survival function of scipy is 1 minus a sum, 0 from 1e-16 on.
    chances = scipy.stats.betabinom.logpmf(
        np.arange(count, tested + 1), tested, rank, unseen + 1 - rank
    )
    return float(min(1.0, np.exp(scipy.special.logsumexp(chances))))


def learn_limits(unseen: list[np.ndarray]) -> tuple[list[float], int, int]:
    """The limits of several views.

    Twins must not blind: images that are there twice are no unseen ones and count for nothing. Of
    images with a near twin nobody knows whether an honest generator would make more of the kind, so
    they count as what chance makes, but the limits are drawn without them.

    Args:
        unseen: of each view float64 [M], relative distances of the same unseen images.

    Returns:
        (the limits, how many unseen images are at or below any, how many unseen images there are
        without those that are training images).

    Raises:
        UserError: there are too few.
    """
    unseen = np.asarray(unseen)
    unseen = unseen[:, ~(unseen < SAME).any(axis=0)]
    alone = ~np.any([near_twins(relative) for relative in unseen], axis=0)
    count = int(alone.sum())
    if count < 2:
        raise UserError(
            "the unseen real images are training images, or too few to learn from how near images"
            " are by chance; give more that differ."
        )
    rank = max(1, round(LEVEL * count / len(unseen)))
    limits = np.partition(unseen[:, alone], rank - 1, axis=1)[:, rank - 1]
    at_or_below = (unseen <= limits[:, np.newaxis]).any(axis=0)
    return limits.tolist(), int(at_or_below.sum()), unseen.shape[1]


def near_twins(relative) -> np.ndarray:
    """Images that are nearer to a training image than the bulk makes likely: bool [M].

    Near 0 the distribution of distances to the nearest of points in D dimensions is a power,
    P(below x) = c x^D. D and c are taken from the quartiles, which a fifth of twins hardly moves.

    Args:
        relative: float64 [M], above 0.
    """
    if len(relative) == 0:
        return np.zeros([0], bool)
    quarter, half = np.percentile(relative, [25, 50])
    if half <= quarter * (1 + SAME):
        return np.zeros(len(relative), bool)
    # -log(1 - P) of the nearest of several is the power over a longer range than P itself.
    hazard = np.log([4 / 3, 2])
    dimensions = np.log(hazard[1] / hazard[0]) / np.log(half / quarter)
    return hazard[0] * (relative / quarter) ** dimensions * len(relative) < TWIN


def alike(points, scale, limit: float) -> np.ndarray:
    """Groups of images that are as near to each other as a copy is to its original.

    Args:
        points: float [N, D], what a view sees.
        scale: float64 [N], of their `Neighbours`.
        limit: relative distance.

    Returns:
        int64 [N], the number of each image's group, counted from 0.
    """
    pairs = []
    for rows, distances in distance_blocks(points, points):
        reach = np.maximum(limit, SAME) * scale[rows, np.newaxis]
        first, second = np.nonzero(distances <= reach)
        pairs.append((first + rows.start, second))
    first, second = (np.concatenate(part) for part in zip(*pairs, strict=True))
    graph = scipy.sparse.coo_matrix((np.ones(len(first), bool), (first, second)), [len(points)] * 2)
    return scipy.sparse.csgraph.connected_components(graph, directed=False)[1].astype(np.int64)


# What was found of copies: in words, and as JSON.


def describe_copies(found: Copies) -> str:
    """In words, the count first: "42 of 1,000 generated images are copies; 4 expected by chance"."""
    count, tested = found.count, found.tested
    looks = "looks like a copy" if count == 1 else "look like copies"
    exact = int(found.exact.sum())
    lines = [
        f"{count:,} of {tested:,} generated images {looks} of training images;"
        f" {found.expected:.2g} expected by chance, {_chance(found.p)}: {copies_verdict(found)}."
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


def copies_verdict(found: Copies) -> str:
    """Whether the generator copies, in words."""
    return "the generator copies" if found.copying else "no sign of copying"


def _chance(p: float) -> str:
    return "p < 1e-300" if p < 1e-300 else f"p = {p:.1g}"


def copies_to_json(found: Copies, fake_names=None, training_names=None) -> dict:
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
