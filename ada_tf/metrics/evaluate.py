"""An evaluation: every image is made once, every network looks at it once, all metrics share that."""

import dataclasses
import sys
import time

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics import cache
from ada_tf.metrics.collect import Collector, collect
from ada_tf.metrics.frechet import frechet_distance_of
from ada_tf.metrics.images import label_sampler
from ada_tf.metrics.inception_score import inception_score
from ada_tf.metrics.kernel import kernel_distance
from ada_tf.metrics.names import Metric
from ada_tf.metrics.path_length import path_distances, trimmed_mean
from ada_tf.metrics.precision_recall import precision_recall
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
        if reals is None and any(m.max_reals != 0 for m in metrics):
            raise UserError("data is missing; metrics that compare with real images need some.")
        names = dict.fromkeys(m.network for m in metrics if m.kind != "ppl")
        self.networks = {name: load_network(name) for name in names}
        self._perceptual = load_perceptual() if any(m.kind == "ppl" for m in metrics) else None
        self._real_collectors = None

    def __call__(self, fakes, generator=None, seed=0) -> list[Score]:
        """Score images.

        Args:
            fakes: generated images, of `ada_tf.metrics.images`.
            generator: for path lengths.
            seed: of path lengths and of the subsets of KID.

        Returns:
            One score for each metric, in their order.

        Raises:
            UserError: there are fewer images than asked for, or a result is not finite.
        """
        with tf32(False):  # published scores are of networks in float32
            return self._score(fakes, generator, seed)

    def _score(self, fakes, generator, seed) -> list[Score]:
        start = time.perf_counter()
        self._check(generator)
        collectors = self._fake_collectors()
        collect(fakes, collectors, self.networks, "generated")
        reals = self._reals_of_metrics()
        shared = time.perf_counter() - start
        scores = []
        for metric in self.metrics:
            start = time.perf_counter()
            if metric.kind == "ppl":
                results = [self._path_length(metric, generator, seed)]
            else:
                real = reals.get((metric.network, metric.full))
                results = self._compare(
                    metric, collectors[metric.network, metric.output], real, seed
                )
            if not np.isfinite(results).all():
                raise UserError(f"{metric.name} is not finite; its images or features are broken.")
            seconds = time.perf_counter() - start + (0 if metric.kind == "ppl" else shared)
            named = dict(zip(metric.keys, results, strict=True))
            scores.append(Score(metric, named, seconds, self._protocol(metric, fakes)))
        return scores

    def real_count(self, metric: Metric) -> int:
        """Images of the reference set that a metric looks at."""
        available = len(self._reals(not metric.full).indices)
        return available if metric.max_reals is None else min(available, metric.max_reals)

    def _check(self, generator):
        if any(m.kind == "ppl" for m in self.metrics) and generator is None:
            raise UserError("metrics='ppl...' need a generator of ours, not finished images.")

    def _fake_collectors(self):
        found = {}
        for m in self.metrics:
            if m.kind != "ppl":
                moments, features = found.setdefault((m.network, m.output), ([], [0]))
                (moments if m.kind == "fid" else features).append(m.fakes)
        return {key: Collector(moments, max(kept)) for key, (moments, kept) in found.items()}

    def _reals_of_metrics(self) -> dict:
        """(network, full) -> Collector, from memory, from the cache, or from the images."""
        if self._real_collectors is not None:
            return self._real_collectors
        needs = {}
        for m in self.metrics:
            if m.max_reals != 0:
                moments, features = needs.setdefault((m.network, m.full), ([], [0]))
                (moments if m.kind == "fid" else features).append(self.real_count(m))
        found = {key: Collector(moments, max(kept)) for key, (moments, kept) in needs.items()}
        for full in (True, False):
            self._fill({key: c for key, c in found.items() if key[1] == full}, full, needs)
        self._real_collectors = found
        return found

    def _fill(self, collectors, full, needs):
        if not collectors:
            return
        reals, folder, keys = self._reals(not full), None, {}
        if self._cache_dir is not False:
            folder = cache.cache_folder(self._cache_dir) / STATISTICS
            identity = reals.identity()
            for key in collectors:
                moments, features = needs[key]
                network = self.networks[key[0]]
                keys[key] = cache.key_of(
                    images=identity, resolution=reals.dataset.resolution, mirrored=not full,
                    moments=sorted(set(moments)), features=max(features), network=network.name,
                    weights=network.weights_hash,
                )  # fmt: skip
        missing = {
            key: collector
            for key, collector in collectors.items()
            if not (folder and collector.from_arrays(cache.load(folder, keys[key]) or {}))
        }
        networks = {key[0]: self.networks[key[0]] for key in missing}
        collect(reals, {(k[0], "features"): c for k, c in missing.items()}, networks, "real")
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

    def _compare(self, metric, fake, real, seed) -> list[float]:
        count = metric.fakes
        if metric.kind == "is":
            return list(inception_score(fake.features(count)))
        n = self.real_count(metric)
        if metric.kind == "fid":
            return [frechet_distance_of(real.moments(n), fake.moments(count))]
        if metric.kind == "kid":
            return [kernel_distance(real.features(n), fake.features(count), seed=seed)]
        return list(precision_recall(real.features(n), fake.features(count)))

    def _path_length(self, metric, generator, seed):
        labels = None
        if generator.c_dim:
            labels = label_sampler(generator, self._reals and self._reals(False).dataset)
        distances = path_distances(
            generator.in_float32(), self._perceptual, metric.fakes, metric.path, labels, seed
        )
        return trimmed_mean(np.concatenate(list(distances)))

    def _protocol(self, metric, fakes) -> str:
        if metric.kind == "ppl":
            where = "ends" if metric.path.ends else "random points"
            crop = "cropped to the face" if metric.path.crop else "whole images"
            return (
                f"{metric.fakes} pairs at {where} of paths in {metric.path.space.upper()}, {crop}, "
                "LPIPS 0.1 of VGG16, float32"
            )
        network = self.networks[metric.network]
        words = [fakes.describe(metric.fakes)]
        if metric.max_reals != 0:
            words.append(
                f"against {self._reals(not metric.full).describe(self.real_count(metric))}"
            )
        words.append(f"features of {network.title}, weights {network.weights_hash[:12]}")
        return "; ".join(words)
