"""Features of many images, kept as metrics need them: all features, or moments of very many images."""

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures.frechet import Moments
from ada_tf.ops import tf32
from ada_tf.progress import progress

# Up to this many images all features are kept, 80 MB of 2048 numbers: one file of the cache then serves
# every metric. Above, metrics that need only moments keep those.
FEW = 10_000
_FEATURES = "features"  # name of a piece


class Collector:
    """Features, or moments of them, of one output of one network.

    Args:
        moments: counts; for each, the moments of that many first images are kept.
        features: the features of that many first images are kept.
    """

    def __init__(self, moments=(), features: int = 0):
        self.needed = max([features, *moments])
        self.counts, self.kept, self._seen = set(moments), features, 0
        self._moments, self._parts = {}, []

    def add(self, features: np.ndarray) -> None:
        """Add features of the next images, float32 [N, D]."""
        for count in self.counts:
            if self._seen < count:
                moments = self._moments.setdefault(count, Moments(features.shape[1]))
                moments.add(features[: count - self._seen])
        if self._seen < self.kept:
            self._parts.append(features[: self.kept - self._seen])
        self._seen += len(features)

    def moments(self, count: int) -> Moments:
        """Moments of the first `count` images."""
        return self._moments[count]

    def features(self, count: int) -> np.ndarray:
        """Features of the first `count` images, float32 [count, D]."""
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        return self._parts[0][:count]  # joined once, by the first call

    @property
    def pieces(self) -> list[str]:
        """Names of the parts that can be stored one by one."""
        return [_FEATURES] * bool(self.kept) + [f"moments{count}" for count in sorted(self.counts)]

    def to_arrays(self, piece: str) -> dict:
        """Return one of `pieces` as arrays, for `from_arrays`."""
        if piece == _FEATURES:
            return {piece: self.features(self.kept)}
        return self._moments[int(piece.removeprefix("moments"))].to_arrays()

    def from_arrays(self, piece: str, arrays: dict) -> bool:
        """Take over a piece of another collector; return False if it holds too little."""
        try:
            if piece == _FEATURES:
                found = arrays[piece]
                if found.ndim != 2 or len(found) < self.kept:
                    return False
                self._parts = [found[: self.kept]]
            else:
                count = int(piece.removeprefix("moments"))
                moments = Moments.from_arrays(arrays)
                if moments.count != count:
                    return False
                self._moments[count] = moments
        except (KeyError, ValueError):
            return False
        return True

    def forget(self) -> None:
        """Start anew."""
        self._seen, self._moments, self._parts = 0, {}, []


def collectors_for(needs) -> dict[object, Collector]:
    """Make a Collector for each key, of all that metrics need: (key, `kinds.MetricKind`, images)."""
    counts = {}
    for key, kind, count in needs:
        moments, features = counts.setdefault(key, ([], [0]))
        (moments if kind.moments and count > FEW else features).append(count)
    return {key: Collector(moments, max(kept)) for key, (moments, kept) in counts.items()}


def collected(collector: Collector, kind, count: int):
    """Argument of the function of a `kinds.MetricKind`: features or moments of the first `count` images."""
    if kind.moments and count > FEW:
        return collector.moments(count)
    return collector.features(count)


def collect(images, collectors: dict, networks: dict, doing: str, shape=None) -> None:
    """Show images to networks, once, until every collector has all it needs.

    Args:
        images: Images.
        collectors: (network, output) -> Collector.
        networks: name -> FeatureNetwork.
        doing: whose images, for the progress bar and messages: "generated" or "real".
        shape: (height, width, channels) that the images must have; None for any.

    Raises:
        UserError: they have another one.
    """
    total = max((c.needed for c in collectors.values()), default=0)
    seen = 0
    with progress(total, doing) as bar:
        for batch in images.batches(total) if total else ():
            if shape is not None and batch.shape[1:] != shape:
                raise UserError(
                    f"{doing} images of {' x '.join(map(str, batch.shape[1:]))} are not compared with"
                    f" real ones of {' x '.join(map(str, shape))}; give fit=True for a folder, or"
                    " DataConfig(resolution=..., channels=...) for a data set."
                )
            for name, network in networks.items():
                waiting = {
                    output: collector
                    for (of, output), collector in collectors.items()
                    if of == name and collector.needed > seen
                }
                if waiting:
                    needed = max(c.needed for c in waiting.values())
                    # The last batch may hold more images than the network is asked about.
                    outputs = network(batch[: needed - seen])
                    for output, collector in waiting.items():
                        collector.add(outputs[output])
            seen += len(batch)
            bar.update(len(batch))


def features_of(images, network, count: int, shape=None, doing="generated") -> np.ndarray:
    """Features of the first images by one network: float32 [count, D].

    Args:
        images: Images.
        network: a FeatureNetwork.
        count: number of images.
        shape: see `collect`.
        doing: see `collect`.
    """
    collector = Collector(features=count)
    with tf32(False):  # published scores are of networks in float32
        collect(
            images, {(network.name, _FEATURES): collector}, {network.name: network}, doing, shape
        )
    return collector.features(count)
