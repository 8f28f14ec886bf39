"""What would be said of runs that were searched before there were subsets? As far as their records allow.

    python experiments/planted_truth/stored.py experiments/*/results.jsonl

A record keeps how many images were flagged, expected, and p, the chance of as many groups with suspects, all
groups counted at once. p is a fraction that few numbers of groups give, so that both can be found again. How
the images are spread over the groups is not known, nor whether some that are not flagged are in those of
suspects: `even` is what is said if they are spread evenly, and
`uneven` in how many of 40 spreads by chance the generator is said to copy. The rule of a third needs what
was not kept. Only records with more than twice as many flagged as expected are printed.
"""

import json
import pathlib
import sys

import numpy as np

from ada_tf.metrics.copies import verdict
from ada_tf.metrics.copies.verdict import Rule, p_value


def groups_of(expected: float, p: float, flagged: int, tested: int):
    """(rank, unseen, groups with suspects, groups) of a record of rank 1, or None."""
    unseen = round(tested / expected - 1)
    if abs(tested / (unseen + 1) - expected) > 1e-6:
        return None
    for groups in range(1, tested + 1):
        for suspects in range(1, min(flagged, groups) + 1):
            found = p_value(suspects, groups, 1, unseen)
            if abs(found - p) < 1e-9 * p:
                return unseen, suspects, groups
            if found < 0.9 * p:
                break
    return None


def spread(count: int, groups: int, rng=None) -> np.ndarray:
    """Sizes of groups, none empty: even, or one of all partitions."""
    if rng is None:
        return np.diff(np.linspace(0, count, groups + 1).round().astype(int))
    cuts = np.sort(rng.choice(np.arange(1, count), groups - 1, replace=False))
    return np.diff(np.concatenate([[0], cuts, [count]]))


def p_of(flagged, tested, unseen, suspects, groups, rng=None) -> float:
    """p-value over subsets of images that are spread so; two rules are paid for."""
    sizes = [spread(flagged, suspects, rng)]
    if groups > suspects:
        sizes.append(spread(tested - flagged, groups - suspects, rng))
    else:  # no group is without suspects
        sizes = [spread(tested, suspects, rng)]
    alike = np.repeat(np.arange(groups), np.concatenate(sizes))
    rule = Rule(np.arange(tested) < flagged, 1, unseen, unseen)
    return min(1.0, 2 * rule.p(alike))


def said(p, flagged, expected, tested, unseen) -> str:
    """The verdict."""
    nothing = np.zeros(tested, bool)
    size = int(np.clip(3 * unseen, 100, 300))
    rules = Rule(nothing, 1, unseen, unseen), Rule(nothing, 1, 99 + unseen, size)
    seen_from = verdict.share_seen(rules, tested, unseen)
    alone = p_value(flagged, tested, 1, unseen)
    return verdict.verdict_of(p, (flagged - expected) / tested, alone, seen_from)


def main(paths) -> None:
    """Print a table."""
    print("| run | kimg | flagged (expected) | p as kept | groups, with suspects | even | uneven |")
    print("|---|---|---|---|---|---|---|")
    for path in map(pathlib.Path, paths):
        for text in path.read_text().splitlines():
            line = json.loads(text)
            flagged, expected, p = line.get("copies", (0, 1, 1))
            if flagged <= 2 * expected:
                continue
            found = groups_of(expected, p, flagged, 1000)
            words = ["?", "?", "?"]
            if found is not None:
                unseen, suspects, groups = found
                known = flagged, 1000, unseen, suspects, groups
                judge = lambda p: said(p, flagged, expected, 1000, unseen)  # noqa: E731, B023
                rng = np.random.default_rng(0)
                many = [judge(p_of(*known, rng)) for _ in range(40)].count("copies")
                words = [f"{groups}, {suspects}", judge(p_of(*known)), f"{many} of 40"]
            print(
                f"| {path.parent.name} {line['run']} | {line['images'] / 1000:.0f} |"
                f" {flagged} ({expected:.1f}) | {p:.2g} | {' | '.join(words)} |",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
