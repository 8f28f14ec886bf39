"""`Evaluator`: scores of images by several metrics, which share one pass of every network.

Every image is made once and shown to each network once. Features of real images are kept in the cache.
"""

import dataclasses
import functools
import sys
import time
from collections.abc import Callable

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics import cache
from ada_tf.metrics.collect_features import FEW, Collector, collect, collected, collectors_for
from ada_tf.metrics.features.networks import FEATURES
from ada_tf.metrics.images.generated import label_sampler
from ada_tf.metrics.images.images import Images, shape_of
from ada_tf.metrics.measures.estimate import Estimate, estimates
from ada_tf.metrics.measures.per_class import ClassScore, per_class
from ada_tf.metrics.measures.samples import note_of_sizes
from ada_tf.metrics.metric_names import Metric
from ada_tf.metrics.path_length import mean_path_length
from ada_tf.ops import tf32

STATISTICS = "statistics"  # folder of the cache
MOST_ENDLESS = 10_000  # images taken of a source without end
# A class with fewer images on either side is not scored: the error of its KID is larger than what classes
# differ by.
_LEAST_OF_CLASS = 20


@dataclasses.dataclass(frozen=True)
class Score:
    """One metric of an evaluation.

    Attributes:
        metric: the metric.
        results: name -> number.
        seconds: time it took, work shared with other metrics included.
        protocol: images, references, network and settings, in words.
        errors: name -> standard error of the number, where it is known.
        details: facts of the protocol as JSON values.
        classes: the same metric of each class alone, if that was asked for.
    """

    metric: Metric
    results: dict[str, float]
    seconds: float
    protocol: str
    errors: dict[str, float] = dataclasses.field(default_factory=dict)
    details: dict = dataclasses.field(default_factory=dict)
    classes: tuple[ClassScore, ...] = ()

    @property
    def estimate(self) -> Estimate:
        """The first result."""
        return next(iter(self.estimates.values()))

    @property
    def estimates(self) -> dict[str, Estimate]:
        """All results: name -> number and error."""
        return {name: Estimate(x, self.errors.get(name)) for name, x in self.results.items()}


class Evaluator:
    """Score images, again and again as during training: networks and features of reals stay.

    Args:
        metrics: list of `Metric`, as of `metric_names.parse_metrics`.
        load_network: name -> FeatureNetwork; called once for each network needed.
        load_perceptual: () -> LPIPS embedding, for path lengths.
        reals: name of a reference set -> Images, see `reals.reference_sets`; or None.
        cache_dir: folder of the features of reals; see `cache.cache_folder`. False keeps none.
        per_class: score each class alone as well, by metrics with one reference set.

    Raises:
        UserError: a metric compares with real images that are not there.
    """

    def __init__(
        self,
        metrics,
        load_network: Callable,
        load_perceptual: Callable | None = None,
        reals: Callable | None = None,
        cache_dir=None,
        per_class: bool = False,
    ):
        self.metrics, self._reals, self._cache_dir = metrics, reals, cache_dir
        self._per_class = per_class
        if reals is None and any(m.references for m in metrics):
            raise UserError(
                "data is missing; metrics that compare with real images need some: give --data."
            )
        self._references = dict.fromkeys(r for m in metrics for r in m.references)
        for reference in self._references:
            reals(reference)  # refuses a missing one now, not after the images are made
        self._of_images = [m for m in metrics if not m.kind.of_paths]
        names = dict.fromkeys(m.network for m in self._of_images)
        self.networks = {name: load_network(name) for name in names}
        self._perceptual = None
        if self._walks:
            self._perceptual = load_perceptual()
        self._real_collectors = None

    def __call__(self, fakes: Images, generator=None, seed=0) -> list[Score]:
        """Score images.

        Args:
            fakes: generated images.
            generator: for path lengths.
            seed: of path lengths, and of subsets that a metric draws.

        Returns:
            One score for each metric, in their order.

        Raises:
            UserError: there are fewer images than asked for, or a result is not finite.
        """
        with tf32(False):  # published scores are of networks in float32
            return self._score(fakes, generator, seed)

    @property
    def _walks(self) -> bool:
        """Return True if a metric measures path lengths."""
        return any(m.kind.of_paths for m in self.metrics)

    def _score(self, fakes, generator, seed) -> list[Score]:
        if self._walks and generator is None:
            raise UserError("metrics='ppl...' need a generator of ours, not finished images.")
        start = time.perf_counter()
        collectors = collectors_for((m.view, m.kind, m.fakes) for m in self._of_images)
        first = next(iter(self._references), None)
        shape = None if first is None else shape_of(self._reals(first))
        collect(fakes, collectors, self.networks, "generated", shape)
        reals = self._collected_reals()
        shared = time.perf_counter() - start
        return [
            self._one(metric, fakes, generator, collectors, reals, shared, seed)
            for metric in self.metrics
        ]

    def _one(self, metric, fakes, generator, collectors, reals, shared, seed) -> Score:
        """Score by one metric, from collectors that all share and that took `shared` seconds."""
        start = time.perf_counter()
        counts = {name: self.real_count(metric, name) for name in metric.references}
        details = {"generated": metric.fakes, "real": counts, "seed": seed}
        if metric.kind.of_paths:
            found, shared = self._measure(metric, generator, seed), 0
            protocol = metric.path.describe(metric.fakes)  # paths share no pass with images
        else:
            sides = [(reals[(*metric.view, name)], count) for name, count in counts.items()]
            sides.append((collectors[metric.view], metric.fakes))
            kept = [collected(side, metric.kind, count) for side, count in sides]
            found = _function(metric, seed)(*kept)
            protocol = self._protocol(metric, fakes)
            network = self.networks[metric.network]
            details |= {"network": network.title, "weights": network.weights_hash}
        named = dict(zip(metric.keys, estimates(found, metric.name), strict=True))
        classes = ()
        if self._per_class and not metric.kind.of_paths:
            classes = self._by_class(metric, fakes, sides, seed)
        return Score(
            metric,
            {name: float(estimate.value) for name, estimate in named.items()},
            time.perf_counter() - start + shared,
            protocol,
            {n: float(e.error) for n, e in named.items() if e.error is not None},
            details,
            classes,
        )

    def _by_class(self, metric, fakes, sides, seed) -> tuple[ClassScore, ...]:
        """Score each class alone; () for metrics with several reference sets."""
        if len(metric.references) != 1:
            return ()
        reals = self._reals(metric.references[0])
        (real, real_count), (fake, fake_count) = sides
        labels = reals.classes(real_count), fakes.classes(fake_count)
        if any(of is None for of in labels) or max(real_count, fake_count) > FEW:
            raise UserError(
                f"per_class=True: {metric.name} needs classes and at most {FEW:,} images; give a"
                " conditional generator, data with --cond, and a smaller count."
            )
        return tuple(
            per_class(
                _function(metric, seed),
                real.features(real_count), labels[0], fake.features(fake_count), labels[1],
                _LEAST_OF_CLASS,
            )
        )  # fmt: skip

    def real_count(self, metric: Metric, reference: str) -> int:
        """Number of images of a reference set that a metric looks at."""
        available = self._reals(reference).count or MOST_ENDLESS
        return available if metric.reals is None else min(available, metric.reals)

    def real_features(self, network: str, reference: str) -> np.ndarray | None:
        """Features of all images of a reference set, after a score; None if not all are kept.

        Args:
            network: its name.
            reference: of `metric_names.REFERENCES`.
        """
        collector = self._collected_reals().get((network, FEATURES, reference))
        count = self._reals(reference).count
        kept = collector is not None and collector.kept >= count
        return collector.features(count) if kept else None

    def _collected_reals(self) -> dict:
        """(network, output, reference) -> Collector, from memory, the cache or the images."""
        if self._real_collectors is None:
            found = collectors_for(
                ((*m.view, name), m.kind, self.real_count(m, name))
                for m in self._of_images
                for name in m.references
            )
            for reference in self._references:
                self._fill(
                    {key[:2]: c for key, c in found.items() if key[2] == reference}, reference
                )
            self._real_collectors = found
        return self._real_collectors

    def _fill(self, collectors: dict, reference: str) -> None:
        """Fill the collectors of one reference set, keys (network, output)."""
        if not collectors:
            return
        reals, missing, keys = self._reals(reference), collectors, {}
        if self._cache_dir is not False and reals.identity is not None:
            folder = cache.cache_folder(self._cache_dir) / STATISTICS
            identity = reals.identity()
            keys = {view: self._key(identity, reals, view) for view in collectors}
            missing = {
                view: collector
                for view, collector in collectors.items()
                if not all(
                    collector.from_arrays(piece, cache.load(folder, f"{keys[view]}-{piece}") or {})
                    for piece in collector.pieces
                )
            }
        # A collector that found only some of its pieces starts anew: pieces must be of one pass.
        for collector in missing.values():
            collector.forget()
        networks = {view[0]: self.networks[view[0]] for view in missing}
        collect(reals, missing, networks, "real")
        for view in missing if keys else ():  # no keys: nothing is kept
            self._keep(folder, keys[view], missing[view])

    def _key(self, identity: str, reals, view: tuple[str, str]) -> str:
        """Key of the features of images by one output of a network: all that decides them."""
        network = self.networks[view[0]]
        return cache.key_of(
            images=identity,
            resolution=reals.dataset.shape.resolution,
            network=network.name,
            output=view[1],
            weights=network.weights_hash,
        )

    @staticmethod
    def _keep(folder, key: str, collector: Collector) -> None:
        """Keep features in the cache; a failure is a warning, for they can be computed again."""
        try:
            for piece in collector.pieces:
                cache.save(folder, f"{key}-{piece}", collector.to_arrays(piece))
        except UserError as error:
            print(f"warning: {error} The statistics of the reals are not kept.", file=sys.stderr)

    def _measure(self, metric, generator, seed):
        """Measure path lengths."""
        labels = None
        if generator.c_dim:
            labels = label_sampler(generator, self._reals and self._reals("all").dataset)
        return mean_path_length(
            generator, self._perceptual, metric.fakes, metric.path, labels, seed
        )

    def _protocol(self, metric, fakes) -> str:
        """Protocol of a metric of images, in words."""
        network = self.networks[metric.network]
        words = [fakes.describe(metric.fakes)]
        words += [
            f"against {self._reals(name).describe(self.real_count(metric, name))}"
            for name in metric.references
        ]
        words.append(f"features of {network.title}, weights {network.weights_hash[:12]}")
        if metric.kind.neighbours is not None:
            words += filter(
                None,
                [
                    note_of_sizes(self.real_count(metric, name), metric.fakes)
                    for name in metric.references
                ],
            )
        return "; ".join(words)


def _function(metric: Metric, seed: int) -> Callable:
    """Function of a metric with the neighbours of its name and the seed."""
    kind, given = metric.kind, {}
    if kind.neighbours is not None:
        given["neighbours"] = metric.neighbours
    if kind.seeded:
        given["seed"] = seed
    return functools.partial(kind.function, **given)
