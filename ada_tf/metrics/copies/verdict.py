"""The verdict of a search for copies: what is too much for chance, and what share would have been seen.

Copies of one picture are alike, and count once, as one accident does. So a generator that repeats twenty
pictures has twenty suspects, however many images are searched, while chance adds ever more. Therefore
groups are counted in random subsets: twice the median of their p-values is a p-value, whatever they have
in common.
"""

import dataclasses
import functools
import math

import numpy as np
import scipy.special
import scipy.stats

from ada_tf.metrics.copies import CANNOT_TELL, COPIES, NO_SIGN

ALARM = 1e-3  # p-value below which a generator is said to copy

_SUBSETS = 60
_SURE = 0.9  # probability with which a share of copies "would be seen"
# A search that sees no smaller share of copies than this cannot say that there are none.
_SMALL = 0.1
# Chance makes as many suspects once in fifty searches; of more nobody can say that there is no sign of copies.
_USUAL = 0.02
_SHARES = np.arange(1, 201) / 200


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule by which images are suspects, and how often chance makes one.

    The chance itself is known from unseen images alone, so that it has a distribution: Beta(a, b).

    Attributes:
        hits: suspects among N generated images, bool [N].
        a, b: of the distribution.
        size: images of a subset.
    """

    hits: np.ndarray
    a: float
    b: float
    size: int

    @property
    def excess(self) -> float:
        """Share of the images that are suspects, less what chance makes."""
        return self.hits.mean() - self.a / (self.a + self.b)

    def p(self, alike) -> float:
        """p-value of as many groups with suspects, over random subsets.

        Args:
            alike: int64 [N], the group of each image.
        """
        tested = len(self.hits)
        if self.size >= tested:
            return self._p_of(alike, self.hits)
        draw = np.random.default_rng(0)
        parts = [draw.choice(tested, self.size, replace=False) for _ in range(_SUBSETS)]
        found = [self._p_of(alike[part], self.hits[part]) for part in parts]
        return min(1.0, 2 * float(np.median(found)))

    def _p_of(self, groups, hits) -> float:
        return p_value(len(np.unique(groups[hits])), len(np.unique(groups)), self.a, self.b)

    def p_of_share(self, share: float, tested: int, originals: int) -> float:
        """p-value, with probability 90 %, of a generator of which a share are copies.

        Args:
            share: of its images; each is a copy of any of the originals, the others are no suspects.
            tested: number of images.
            originals: number of those that are copied.
        """
        copied = scipy.stats.binom.ppf(1 - _SURE, tested, share) / tested
        size = min(self.size, tested)
        distinct = originals * -math.expm1(size * math.log1p(-min(copied, 1 - 1e-9) / originals))
        count = int(distinct)
        found = p_value(count, count + round(size * (1 - copied)), self.a, self.b)
        return min(1.0, found * (1 if size == tested else 2))


def p_of_rules(values) -> float:
    """p-value of several rules, of which the surest counts."""
    values = list(values)
    return min(1.0, len(values) * min(values))


def share_seen(rules, tested: int, originals: int) -> float | None:
    """Smallest share of copies, in steps of 0.5 %, that would be called copies in nine of ten searches.

    Args:
        rules: `Rule`s.
        tested: number of generated images.
        originals: number of training images; each is copied as often as any other.

    Returns:
        The share; None if not even copies alone would be seen.
    """
    for share in _SHARES.tolist():
        if p_of_rules(rule.p_of_share(share, tested, originals) for rule in rules) < ALARM:
            return share
    return None


def verdict_of(p: float, excess: float, p_of_count: float, seen_from: float | None) -> str:
    """Verdict, one of COPIES, CANNOT_TELL and NO_SIGN.

    "No sign" is said only of a count as chance makes it, by a search that would have seen copies.

    Args:
        p: of groups, see `p_of_rules`.
        excess: share of the images that are suspects, less what chance makes; the largest of the rules.
        p_of_count: p-value of the number of suspects, were each an accident of its own.
        seen_from: see `share_seen`.
    """
    if p < ALARM:
        return COPIES
    if seen_from is None or seen_from > _SMALL or excess >= seen_from or p_of_count < _USUAL:
        return CANNOT_TELL
    return NO_SIGN


def in_words(verdict: str, tested=None, unseen=None, seen_from=None) -> str:
    """Say a verdict; nobody says it in other words.

    Args:
        verdict: see `verdict_of`.
        tested: number of generated images.
        unseen: number of real images that say what chance makes; None if that is not known.
        seen_from: see `share_seen`.
    """
    if verdict == COPIES:
        return "the generator copies"
    if verdict == NO_SIGN:
        return "no sign of copying"
    if None in (tested, unseen):
        return "cannot tell whether it copies"
    from_images = f"cannot tell from {tested:,.0f} generated and {unseen:,.0f} real images"
    if seen_from is None:
        return f"{from_images}, where copies would not be seen"
    if seen_from > _SMALL:
        return f"{from_images}, where a share of {seen_from:.0%} copies would be seen"
    return (
        "cannot tell, since more look like copies than chance usually makes, but too few different"
        " ones to rule it out"
    )


def of_record(line: dict, count: float, expected: float) -> str:
    """Read the verdict of a line of the metric file.

    Lines of earlier versions know two verdicts. They said "no sign" of any number of copies of few
    pictures, which only another search can judge.
    """
    known = line.get("verdict")
    if known in (COPIES, CANNOT_TELL, NO_SIGN):
        return known
    if line.get("copying"):
        return COPIES
    return NO_SIGN if count <= 2 * expected else CANNOT_TELL


@functools.lru_cache(4096)
def p_value(count: int, tested: int, a: float, b: float) -> float:
    """Probability of at least `count` suspects among `tested`, if the chance of one is Beta(a, b).

    Below the r-th lowest of M unseen images it is Beta(r, M + 1 - r) for images that are no different;
    with it this is exact for one view and independent images.
    """
    if count <= 0:
        return 1.0
    # Summed from its logarithms: the survival function of scipy is 1 minus a sum, 0 from 1e-16 on.
    chances = scipy.stats.betabinom.logpmf(np.arange(count, tested + 1), tested, a, b)
    return float(min(1.0, np.exp(scipy.special.logsumexp(chances))))
