"""Features of many images, kept as the metrics need them: all of them, or moments of very many."""

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures.frechet import Moments
from ada_tf.progress import progress

# Images up to which all features are kept, 80 MB of 2048 numbers: one file of the cache then serves
# every metric. Above, metrics that need no more than moments keep those.
FEW = 10_000
FEATURES = "features"  # name of a piece


class Collector:
    """What is kept of one output of one network.

    Args:
        moments: counts; for each, the moments of that many first images are kept.
        features: the features of that many first images are kept.
    """

    def __init__(self, moments=(), features: int = 0):
        self.needed = max([features, *moments])
        self.counts, self.kept, self._seen = set(moments), features, 0
        self._moments, self._parts = {}, []

    def add(self, features: np.ndarray) -> None:
        """Features of the next images, float32 [N, D]."""
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
        return self._parts[0][:count]

    @property
    def pieces(self) -> list[str]:
        """Names of the parts that can be stored one by one."""
        return [FEATURES] * bool(self.kept) + [f"moments{count}" for count in sorted(self.counts)]

    def to_arrays(self, piece: str) -> dict:
        """One of `pieces` as arrays, for `from_arrays`."""
        if piece == FEATURES:
            return {piece: self.features(self.kept)}
        return self._moments[int(piece.removeprefix("moments"))].to_arrays()

    def from_arrays(self, piece: str, arrays: dict) -> bool:
        """Take over a piece of another collector; False if it does not hold all that is needed."""
        try:
            if piece == FEATURES:
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
        """Start anew, as if nothing had been added or taken over."""
        self._seen, self._moments, self._parts = 0, {}, []


def collectors_for(needs) -> dict[object, Collector]:
    """Key -> a Collector of all that metrics need, given as (key, `kinds.Kind`, images)."""
    counts = {}
    for key, kind, count in needs:
        moments, features = counts.setdefault(key, ([], [0]))
        (moments if kind.moments and count > FEW else features).append(count)
    return {key: Collector(moments, max(kept)) for key, (moments, kept) in counts.items()}


def collected(collector: Collector, kind, count: int):
    """What the function of a `kinds.Kind` takes of the first `count` images."""
    if kind.moments and count > FEW:
        return collector.moments(count)
    return collector.features(count)


def collect(images, collectors: dict, networks: dict, doing: str, shape=None) -> None:
    """Show images to networks, once, until every collector has what it needs.

    Args:
        images: of `ada_tf.metrics.images.generated`, `reals` or `pictures`.
        collectors: (network, output) -> Collector.
        networks: name -> FeatureNetwork.
        doing: what the progress bar says.
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
                    f" real ones of {' x '.join(map(str, shape))}; give both in one size, with as"
                    " many channels."
                )
            for name, network in networks.items():
                waiting = {
                    output: collector
                    for (of, output), collector in collectors.items()
                    if of == name and collector.needed > seen
                }
                if waiting:
                    needed = max(c.needed for c in waiting.values())
                    outputs = network(batch[: needed - seen])
                    for output, collector in waiting.items():
                        collector.add(outputs[output])
            seen += len(batch)
            bar.update(len(batch))
