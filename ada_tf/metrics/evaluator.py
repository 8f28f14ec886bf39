"""An evaluation: every image is made once, every network looks at it once, all metrics share that."""

import dataclasses
import sys
import time

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics import cache
from ada_tf.metrics.collect import Collector, collect
from ada_tf.metrics.generated import label_sampler
from ada_tf.metrics.names import Metric
from ada_tf.metrics.path_length import mean_path_length
from ada_tf.ops import tf32

STATISTICS = "statistics"  # folder of the cache


@dataclasses.dataclass(frozen=True)
class Score:
    """One metric of an evaluation.

    Attributes:
        metric: which.
        results: name -> number.
        seconds: all it took, including what it shares with other metrics.
        protocol: what was compared with what, in words.
    """

    metric: Metric
    results: dict[str, float]
    seconds: float
    protocol: str


class Evaluator:
    """Evaluates again and again, as during training: networks and real statistics stay.

    Args:
        metrics: of `names.parse_metrics`.
        load_network: name -> FeatureNetwork; called once for each network needed.
        load_perceptual: () -> LPIPS embedding, for path lengths.
        reals: flipped -> DatasetImages of the reference set, or None without one.
        cache_dir: of the statistics of reals; see `cache.cache_folder`. False keeps none.
    """

    def __init__(self, metrics, load_network, load_perceptual=None, reals=None, cache_dir=None):
        self.metrics, self._reals, self._cache_dir = metrics, reals, cache_dir
        if reals is None and any(m.reals != 0 for m in metrics):
            raise UserError(
                "data is missing; metrics that compare with real images need some: give --data."
            )
        self._of_images = [m for m in metrics if not m.kind.of_paths]
        names = dict.fromkeys(m.network for m in self._of_images)
        self.networks = {name: load_network(name) for name in names}
        self._perceptual = None
        if self._walks:
            self._perceptual = load_perceptual()
        self._real_collectors = None

    def __call__(self, fakes, generator=None, seed=0) -> list[Score]:
        """Score images.

        Args:
            fakes: generated images, of `ada_tf.metrics.generated`.
            generator: for path lengths.
            seed: of path lengths and of the subsets of KID.

        Returns:
            One score for each metric, in their order.

        Raises:
            UserError: there are fewer images than asked for, or a result is not finite.
        """
        with tf32(False):  # published scores are of networks in float32
            return self._score(fakes, generator, seed)

    @property
    def _walks(self) -> bool:
        """Whether there are metrics of paths."""
        return any(m.kind.of_paths for m in self.metrics)

    def _score(self, fakes, generator, seed) -> list[Score]:
        if self._walks and generator is None:
            raise UserError("metrics='ppl...' need a generator of ours, not finished images.")
        start = time.perf_counter()
        collectors = _collectors((m.view, m.kind, m.fakes) for m in self._of_images)
        collect(fakes, collectors, self.networks, "generated")
        reals = self._collected_reals()
        shared = time.perf_counter() - start
        scores = []
        for metric in self.metrics:
            start = time.perf_counter()
            if metric.kind.of_paths:
                found = self._measure(metric, generator, seed)
                protocol = metric.path.describe(metric.fakes)
            else:
                real = reals.get((*metric.view, metric.reference))
                found = self._compare(metric, real, collectors[metric.view], seed)
                protocol = self._protocol(metric, fakes)
            results = [e.value for e in (found if isinstance(found, tuple) else (found,))]
            if not np.isfinite(results).all():
                raise UserError(f"{metric.name} is not finite; its images or features are broken.")
            seconds = time.perf_counter() - start + (0 if metric.kind.of_paths else shared)
            named = dict(zip(metric.keys, results, strict=True))
            scores.append(Score(metric, named, seconds, protocol))
        return scores

    def real_count(self, metric: Metric) -> int:
        """Images of the reference set that a metric looks at."""
        available = len(self._reals(metric.reference == "mirrored").indices)
        return available if metric.reals is None else min(available, metric.reals)

    def _collected_reals(self) -> dict:
        """(network, output, reference) -> Collector, from memory, from the cache, or from the images."""
        if self._real_collectors is not None:
            return self._real_collectors
        found = _collectors(
            ((*m.view, m.reference), m.kind, self.real_count(m))
            for m in self._of_images
            if m.reals != 0
        )
        for reference in ("all", "mirrored"):
            self._fill(
                {key: c for key, c in found.items() if key[-1] == reference}, reference == "all"
            )
        self._real_collectors = found
        return found

    def _fill(self, collectors, full):
        if not collectors:
            return
        reals, folder, keys = self._reals(not full), None, {}
        if self._cache_dir is not False:
            folder = cache.cache_folder(self._cache_dir) / STATISTICS
            identity = reals.identity()
            for key, collector in collectors.items():
                network = self.networks[key[0]]
                keys[key] = cache.key_of(
                    images=identity, resolution=reals.dataset.resolution, mirrored=not full,
                    moments=sorted(collector.counts), features=collector.kept, network=network.name,
                    output=key[1], weights=network.weights_hash,
                )  # fmt: skip
        missing = {
            key: collector
            for key, collector in collectors.items()
            if not (folder and collector.from_arrays(cache.load(folder, keys[key]) or {}))
        }
        networks = {key[0]: self.networks[key[0]] for key in missing}
        collect(reals, {key[:2]: c for key, c in missing.items()}, networks, "real")
        for key, collector in missing.items():
            if folder:
                self._keep(folder, keys[key], collector)

    @staticmethod
    def _keep(folder, key, collector):
        """What cannot be kept is computed again the next time, which is no reason to end a run."""
        try:
            cache.save(folder, key, collector.to_arrays())
        except UserError as error:
            print(f"warning: {error} The statistics of the reals are not kept.", file=sys.stderr)

    def _compare(self, metric, real, fake, seed):
        """The results of a metric of images, from what was collected of both sides."""
        kind, sides = metric.kind, [(fake, metric.fakes)]
        if metric.reals != 0:
            sides.insert(0, (real, self.real_count(metric)))
        given = {}
        if kind.neighbours is not None:
            given["neighbours"] = metric.neighbours
        if kind.seeded:
            given["seed"] = seed
        take = Collector.moments if kind.moments else Collector.features
        return kind.function(*(take(side, count) for side, count in sides), **given)

    def _measure(self, metric, generator, seed):
        """The result of a metric of paths."""
        labels = None
        if generator.c_dim:
            labels = label_sampler(generator, self._reals and self._reals(False).dataset)
        return mean_path_length(
            generator, self._perceptual, metric.fakes, metric.path, labels, seed
        )

    def _protocol(self, metric, fakes) -> str:
        """What a metric of images compares, in words."""
        network = self.networks[metric.network]
        words = [fakes.describe(metric.fakes)]
        if metric.reals != 0:
            reals = self._reals(metric.reference == "mirrored")
            words.append(f"against {reals.describe(self.real_count(metric))}")
        words.append(f"features of {network.title}, weights {network.weights_hash[:12]}")
        return "; ".join(words)


def _collectors(needs) -> dict[object, Collector]:
    """Key -> a Collector of all that metrics need, given as (key, kind, images)."""
    counts = {}
    for key, kind, count in needs:
        moments, features = counts.setdefault(key, ([], [0]))
        (moments if kind.moments else features).append(count)
    return {key: Collector(moments, max(kept)) for key, (moments, kept) in counts.items()}
