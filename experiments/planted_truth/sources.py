"""Images of arrays for a search, and a network that looks at no image twice."""

import hashlib

import numpy as np


class Images:
    """Arrays as a source of images."""

    names = None

    def __init__(self, pixels):
        self.pixels, self.count = pixels, len(pixels)

    def batches(self, count):
        for start in range(0, count, 100):
            yield self.pixels[start : min(start + 100, count)]


class Remembering:
    """A network that looks at no image twice.

    Args:
        network: FeatureNetwork.
        path: of the .npz with what it has seen.
    """

    def __init__(self, network, path):
        self._network, self._path, self.title = network, path, network.title
        self._seen = {}
        if path.exists():
            with np.load(path) as kept:
                self._seen = dict(zip(kept["keys"].tolist(), kept["features"], strict=True))

    def __call__(self, images) -> dict:
        keys = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
        new = [i for i, key in enumerate(keys) if key not in self._seen]
        if new:
            features = self._network(images[new])["features"]
            self._seen |= dict(zip([keys[i] for i in new], features, strict=True))
        return {"features": np.stack([self._seen[key] for key in keys])}

    def keep(self) -> None:
        """Write what has been seen."""
        features = np.stack(list(self._seen.values()))
        np.savez(self._path, keys=list(self._seen), features=features)
