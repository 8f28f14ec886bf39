"""Features of many images, kept as the metrics need them: moments, or all of them."""

import numpy as np
import tqdm

from ada_tf.metrics.moments import Moments


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

    def to_arrays(self) -> dict:
        """What was kept, as arrays, for `from_arrays`."""
        arrays = {}
        for count, moments in self._moments.items():
            for name, value in moments.to_arrays().items():
                arrays[f"moments/{count}/{name}"] = value
        if self.kept:
            arrays["features"] = self.features(self.kept)
        return arrays

    def from_arrays(self, arrays: dict) -> bool:
        """Take over what another collector kept; False if it does not hold all that is needed."""
        parts = ("count", "sum", "outer")
        names = [f"moments/{count}/{part}" for count in self.counts for part in parts]
        if self.kept:
            names.append("features")
        if not all(name in arrays for name in names):
            return False
        features = [arrays["features"]] if self.kept else []
        try:
            moments = {
                count: Moments.from_arrays({p: arrays[f"moments/{count}/{p}"] for p in parts})
                for count in self.counts
            }
        except ValueError:
            return False
        short = any(kept.count < count for count, kept in moments.items())
        if short or any(kept.ndim != 2 or len(kept) < self.kept for kept in features):
            return False
        self._moments, self._parts, self._seen = moments, features, self.needed
        return True


def collect(images, collectors: dict, networks: dict, doing: str) -> None:
    """Show images to networks, once, until every collector has what it needs.

    Args:
        images: of `ada_tf.metrics.generated` or `reals`.
        collectors: (network, output) -> Collector.
        networks: name -> FeatureNetwork.
        doing: what the progress bar says.
    """
    total = max((c.needed for c in collectors.values()), default=0)
    seen = 0
    # disable=None: silent unless somebody watches a terminal.
    with tqdm.tqdm(total=total, desc=doing, unit="img", disable=None, leave=False) as bar:
        for batch in images.batches(total) if total else ():
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
