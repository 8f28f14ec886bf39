"""Copies: generated images that are nearer to a training image than chance makes them.

Unseen real images show what chance makes: those held out of training or, without any, each training
image beside the others. One in a hundred of them falls below the limit, and generated images below it
are counted. Beside it stands a rule that needs no unseen images: nearer to a training image than a third of
that one's distance to the nearest other one. `verdict` says what both mean.
"""

import dataclasses
import functools

import numpy as np
import scipy.sparse.csgraph
import scipy.stats

from ada_tf.errors import UserError
from ada_tf.metrics.copies import verdict
from ada_tf.metrics.copies.neighbours import SAME, Neighbours
from ada_tf.metrics.measures.samples import distance_blocks

_LEVEL = 0.01  # part of unseen reals that falls below the limits, of all views together
# Where pictures vary in D ways, 3^-D of honest ones are nearer than a third, as points of a D-dimensional
# space are: one in a hundred for D = 4. That counts as much as a hundred unseen images that were looked at.
_THIRD, _BEFORE = 1 / 3, 100
# Images of a subset for that rule, three for each training image. In smaller ones few are copies; larger ones
# hold each original at most once, and ever more of what is no copy.
_FEWEST, _FOR_EACH, _MOST = 100, 3, 300
# An unseen real image may have a near twin among the training images. It counts as a twin if so near a
# neighbour is expected less often than this among all unseen images.
_TWIN = 0.05


@dataclasses.dataclass(frozen=True)
class View:
    """Distances of generated and of unseen real images to the training images, in one view.

    Attributes:
        name: in words.
        fakes: neighbours of N generated images.
        unseen: neighbours of M unseen real images, those equal to training images left out.
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
    def beside(self) -> np.ndarray:
        """Generated images nearer to a training image than any other one is, by far, bool [N]."""
        return self.fakes.apart < _THIRD

    @property
    def unseen_beside(self) -> np.ndarray:
        """Such unseen real images, bool [M]."""
        return self.unseen.apart < _THIRD

    @property
    def nearer(self) -> float:
        """Probability that a generated image is nearer, relatively, than an unseen one; ties count half.

        0.5 is as far as reality. A few copies among many hardly change it, and blurred images of an
        honest generator may be nearer than reality in small pixels.
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
        training: number of training images.
        views: one or more `View`.
        unseen: number of unseen real images.
        below: number of them at or below a limit in any view.
        twins: number of further ones that are equal to a training image, and do not count.
        held_out: the unseen images were held out; otherwise each training image was left out in turn.
        exact: bool [N], generated images equal to a training image byte by byte, in either
            orientation.
        turned: bool [N], those that are so as mirror images alone.
        equal: int64 [N], index of the first generated image of the same bytes.
        alike: int64 [N], number of the image's group, counted from 0; images of a group are as near to
            each other as copies are.
    """

    training: int
    views: tuple[View, ...]
    unseen: int
    below: int
    twins: int
    held_out: bool
    exact: np.ndarray
    turned: np.ndarray
    equal: np.ndarray
    alike: np.ndarray

    @property
    def tested(self) -> int:
        """Number of generated images that were searched."""
        return len(self.exact)

    @property
    def flagged(self) -> np.ndarray:
        """Images that look like copies to any view, bool [N]."""
        return np.any([self.exact, *(view.flagged for view in self.views)], axis=0)

    @property
    def count(self) -> int:
        """Number of images that look like copies."""
        return int(self.flagged.sum())

    @property
    def expected(self) -> float:
        """Number of copies expected by chance."""
        return expected(self.tested, self.below, self.unseen)

    @property
    def distinct(self) -> int:
        """Number of groups of images that are alike, an upper bound of the number of modes."""
        return int(self.alike.max()) + 1

    @functools.cached_property
    def rules(self) -> tuple[verdict.Rule, ...]:
        """The rules by which images are suspects: below the limits, and by far nearer than any other."""
        beside = np.any([view.beside for view in self.views], axis=0)
        known = int(np.any([view.unseen_beside for view in self.views], axis=0).sum())
        size = int(np.clip(_FOR_EACH * self.training, _FEWEST, _MOST))
        return (
            verdict.Rule(self.flagged, self.below, self.unseen + 1 - self.below, self.unseen),
            verdict.Rule(beside, 1 + known, _BEFORE - 1 + self.unseen - known, size),
        )

    @functools.cached_property
    def p(self) -> float:
        """Probability that so many groups hold a suspect by chance, in subsets of the images.

        Groups are counted because images that are alike are one accident: one of ten modes may fall
        below a limit, and a tenth of the images with it.
        """
        return verdict.p_of_rules(rule.p(self.accidents) for rule in self.rules)

    @functools.cached_property
    def accidents(self) -> np.ndarray:
        """The group of each image, those that look like copies of one training image joined: int64 [N].

        Where training images lie densely, images of one mode may differ by more than copies do.
        """
        images, nearest = [], []
        for view in self.views:
            (found,) = np.nonzero(view.flagged | view.beside)
            images.append(self.alike[found])
            nearest.append(self.distinct + view.fakes.indices[found, 0])
        count = self.distinct + self.training
        return _connected(np.concatenate(images), np.concatenate(nearest), count)[self.alike]

    @functools.cached_property
    def seen_from(self) -> float | None:
        """Share of copies that would have been seen nine times of ten; None if none would."""
        return verdict.share_seen(self.rules, self.tested, self.training)

    @functools.cached_property
    def verdict(self) -> str:
        """The verdict: "copies", "cannot tell" or "none"."""
        # Of arrows to the left and to the right one is the mirror image of the other, to the last byte.
        if (self.exact & ~self.turned).any():
            return verdict.COPIES
        excess = max(rule.excess for rule in self.rules)
        alone = verdict.p_value(self.count, self.tested, self.below, self.unseen + 1 - self.below)
        return verdict.verdict_of(self.p, excess, alone, self.seen_from)

    @property
    def copying(self) -> bool:
        """True if the verdict is that the generator copies."""
        return self.verdict == verdict.COPIES

    @property
    def suspicion(self) -> np.ndarray:
        """Distance of each image over the limit, in the view where that is smallest: float64 [N]; below 1 is a suspect."""
        return np.where(self.exact, 0, suspicion(self.views))

    def seen_by(self, image: int) -> View:
        """View that suspects an image most."""
        return min(self.views, key=lambda view: _over(view.fakes.relative[image], view.limit))

    @property
    def largest_equal(self) -> int:
        """Size of the largest group of equal images."""
        return int(np.bincount(self.equal).max())


def suspicion(views) -> np.ndarray:
    """float64 [N], distance over limit in the view where that is smallest; below 1 is a suspect."""
    return np.min([_over(view.fakes.relative, view.limit) for view in views], axis=0)


def _over(relative, limit: float):
    return relative / max(limit, SAME)


def below(relative, limit: float) -> np.ndarray:
    """Mark distances below the limit, or equal to 0 but for round-off."""
    return (relative < limit) | (relative < SAME)


def expected(tested: int, rank: int, unseen: int) -> float:
    """Number of copies expected by chance."""
    return tested * rank / (unseen + 1)


def equal_to_training(unseen: list[Neighbours]) -> np.ndarray:
    """Mark unseen images that are training images as they are, to any view: bool [M]."""
    return np.any([(found.relative < SAME) & ~found.mirrored for found in unseen], axis=0)


def learn_limits(unseen: list[np.ndarray]) -> tuple[list[float], int]:
    """Learn the limits of several views from unseen images that are no training images.

    Unseen images with a near twin, or with one that is their mirror image, may be of a kind that an
    honest generator makes often: they count among those below, but the limits are drawn without them.

    Args:
        unseen: of each view float64 [M], relative distances of the same unseen images.

    Returns:
        (the limits, number of unseen images at or below any of them).

    Raises:
        UserError: there are too few.
    """
    unseen = np.asarray(unseen)
    alone = ~(unseen < SAME).any(axis=0)
    alone[alone] = ~np.any([near_twins(relative) for relative in unseen[:, alone]], axis=0)
    count = int(alone.sum())
    if count < 2:
        raise UserError(
            "the unseen real images are training images, or too few to learn from how near images"
            " are by chance; give more that differ."
        )
    rank = max(1, round(_LEVEL * count / len(unseen)))
    limits = np.partition(unseen[:, alone], rank - 1, axis=1)[:, rank - 1]
    at_or_below = (unseen <= limits[:, np.newaxis]).any(axis=0)
    return limits.tolist(), int(at_or_below.sum())


def near_twins(relative) -> np.ndarray:
    """Mark images that are nearer to a training image than the bulk makes likely: bool [M].

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
    return hazard[0] * (relative / quarter) ** dimensions * len(relative) < _TWIN


def alike(points, scale, limit: float) -> np.ndarray:
    """Group images that are as near to each other as a copy is to its original.

    Args:
        points: float [N, D], small pixels or features.
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
    return _connected(first, second, len(points))


def _connected(first, second, count: int) -> np.ndarray:
    """The group of each of `count` things of which some are joined to others, int64 [count]."""
    graph = scipy.sparse.coo_matrix((np.ones(len(first), bool), (first, second)), [count] * 2)
    return scipy.sparse.csgraph.connected_components(graph, directed=False)[1].astype(np.int64)


def describe_copies(found: Copies) -> str:
    """Describe in words, the count first: "42 of 1,000 generated images look like copies ..."."""
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
    beside = found.rules[1].hits.sum()
    if beside > count:
        lines.append(
            f"  {beside:,} are nearer to a training image than a third of its distance to the next one"
        )
    kind = "held-out reals" if found.held_out else "training images, each left out in turn"
    twins = f", {found.twins:,} more are training images themselves" if found.twins else ""
    lines.append(f"  by chance: {found.below:,} of {found.unseen:,} {kind}{twins}")
    if found.seen_from is not None:
        lines.append(f"  copies would be seen from a share of {found.seen_from:.1%} on")
    if found.largest_equal > 1:
        lines.append(f"  {found.largest_equal:,} of {tested:,} are the same image, byte for byte")
    if found.distinct < tested:
        lines.append(
            f"  {found.distinct:,} are left where those that differ less than copies are one"
        )
    return "\n".join(lines)


def copies_verdict(found: Copies) -> str:
    """Verdict in words: the generator copies, cannot tell, or no sign of copying."""
    return verdict.in_words(found.verdict, found.tested, found.unseen, found.seen_from)


def _chance(p: float) -> str:
    return "p < 1e-300" if p < 1e-300 else f"p = {p:.1g}"


def copies_to_json(found: Copies, fake_names=None, training_names=None) -> dict:
    """Convert to JSON values.

    Args:
        found: of `copy_search`.
        fake_names: of the generated images, such as files; None numbers them.
        training_names: index -> name of a training image, a sequence; None numbers them.

    Returns:
        tested, count, expected, p, verdict, copying, seen_from, exact, distinct, largest_equal; unseen: kind, count,
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
        "verdict": found.verdict,
        "copying": found.copying,
        "seen_from": found.seen_from,
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
