"""Scores of anybody's images against real ones, which are looked at once."""

from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.collect import Collector, collect, collected, collectors_for
from ada_tf.metrics.images.any_images import check_alike
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.measures.estimate import Estimate, estimates
from ada_tf.ops import tf32

MOST = 10_000  # images made of a source without end, unless said otherwise

NAMES = [name for name, kind in KINDS.items() if not kind.of_paths]


class Comparison:
    """Compares images with the same real ones, again and again.

    Args:
        reals: images source, see `images_of`; None for metrics that need none.
        metrics: kind -> arguments of its function, such as {"pr": {"neighbours": 5}, "kid": {}}.
        network: a FeatureNetwork, or a function like one.
        seed: of metrics that draw.

    Raises:
        UserError: a metric is not known, needs real images, or probabilities that the network does
            not give.
    """

    def __init__(self, reals, metrics: Mapping[str, dict], network, seed=0):
        self._reals, self._metrics, self._network, self._seed = reals, metrics, network, seed
        outputs = getattr(network, "outputs", None)
        for name in metrics:
            kind = KINDS[name] if name in NAMES else None
            if kind is None:
                raise UserError(f"metrics={name!r} must be of {', '.join(NAMES)}.")
            if kind.reals != 0 and reals is None:
                raise UserError(f"reals=None: {name} compares with real images; give some.")
            if outputs is not None and kind.output not in outputs:
                raise UserError(
                    f"features={network.name!r} has no {kind.output}, which {name} needs; give"
                    " another network, such as 'inception'."
                )
        self._collected = None

    def __call__(self, fakes, count: int | None = None) -> dict[str, Estimate]:
        """Score images.

        Args:
            fakes: images source.
            count: how many; None is all of them, and of a source without end as many as there are
                real ones, at most `MOST`.

        Returns:
            Name of each result, as "kid" or "pr_precision", -> its Estimate.

        Raises:
            UserError: there are fewer, they are of another size than the real ones, or a result is
                not finite.
        """
        reals = self._reals
        if reals is not None:
            check_alike(fakes, reals)
        count = how_many(fakes, reals, count)
        with tf32(False):  # as published scores are made
            if self._collected is None:
                self._collected = self._collect_reals()
            fake = self._collect(fakes, dict.fromkeys(self._metrics, count), "generated")
        found = {}
        for name, given in self._metrics.items():
            found |= self._results(name, given, fake, count)
        return found

    def _collect_reals(self) -> dict:
        """(kind of the metrics -> how many real images it takes) and what is kept of them."""
        wanted = [name for name in self._metrics if KINDS[name].reals != 0]
        if not wanted:
            return {}
        available = self._reals.count or MOST
        self._real_counts = {n: min(available, KINDS[n].reals or available) for n in wanted}
        return self._collect(self._reals, self._real_counts, "real")

    def _collect(self, images, counts: dict[str, int], doing: str) -> dict:
        """Output of the network -> Collector of what metrics need of so many images."""
        collectors = collectors_for(
            ((self._network.name, KINDS[name].output), KINDS[name], count)
            for name, count in counts.items()
        )
        collect(images, collectors, {self._network.name: self._network}, doing)
        return {output: collector for (_, output), collector in collectors.items()}

    def _results(self, name: str, given: dict, fake: dict, count: int) -> dict[str, Estimate]:
        kind = KINDS[name]
        sides = [(fake[kind.output], count)]
        if kind.reals != 0:
            sides.insert(0, (self._collected[kind.output], self._real_counts[name]))
        seed = {"seed": self._seed} if kind.seeded else {}
        kept = [collected(side, kind, count) for side, count in sides]
        results = estimates(kind.function(*kept, **seed, **given), name)
        return {name + end: one for end, one in zip(kind.results, results, strict=True)}


def how_many(fakes, reals, count: int | None) -> int:
    """How many generated images are looked at: see `Comparison.__call__`."""
    if count is None:
        available = MOST if reals is None else reals.count or MOST
        return fakes.count or min(available, MOST)
    if count < 1:
        raise UserError(f"count={count} must be at least 1.")
    return count


def features_of(images, network, count: int | None = None) -> np.ndarray:
    """What a network sees of the first images of a source, or of all: float32 [count, D]."""
    count = count or images.count or MOST
    collector = Collector(features=count)
    with tf32(False):
        collect(images, {(network.name, "features"): collector}, {network.name: network}, "looking")
    return collector.features(count)
