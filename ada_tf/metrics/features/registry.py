"""Feature networks by name: "inception", "vgg16", "mobilenet"; and LPIPS."""

import hashlib

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.features import (
    inception,
    inception_weights,
    mobilenet,
    vgg16,
    weight_files,
)
from ada_tf.ops import choice, graph

# Goes up when a network computes other features of the same weights: statistics of the reals that
# an older version has kept are then made again. 2 of VGG16: resized as TensorFlow 1 did.
REVISIONS = {"inception": 1, "vgg16": 2, "mobilenet": 1}


class FeatureNetwork:
    """A network that turns images into features.

    Args:
        name: "inception", "vgg16", "mobilenet" or one of your own.
        model: Keras model, [N, H, W, 3] of 0 to 255 -> {output: float32 [N, D]}.
        weights_hash: tells weights and revisions of the code apart, for the cache of statistics.
        title: for the protocol; default the name.
        batch: images at a time.
    """

    def __init__(self, name, model, weights_hash, title=None, batch=32):
        self.name, self.weights_hash, self.title = name, weights_hash, title or name
        self.batch = batch
        self._model = model
        self._run = graph(lambda images: model(images, training=False), choice.on_gpu())

    def __call__(self, images) -> dict[str, np.ndarray]:
        """Features of any number of images.

        Args:
            images: uint8 [N, H, W, 1 or 3].

        Returns:
            output -> float32 [N, D].

        Raises:
            UserError: the images are no such array, or features are not finite.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
            raise UserError(
                f"images of type {images.dtype} and shape {list(images.shape)} must be uint8"
                " [N, H, W, 1 or 3]."
            )
        if images.shape[3] == 1:
            images = np.repeat(images, 3, axis=3)
        parts = [self._batch(images[i : i + self.batch]) for i in range(0, len(images), self.batch)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _batch(self, images):
        count = len(images)
        # All batches have one size, so that one program serves them all.
        images = np.pad(images, [(0, self.batch - count), (0, 0), (0, 0), (0, 0)], mode="edge")
        outputs = {name: out.numpy()[:count] for name, out in self._run(images).items()}
        for name, values in outputs.items():
            if not np.isfinite(values).all():
                raise UserError(f"{name} of {self.title} are not finite; no metric was computed.")
        return outputs


def load_network(name, paths=None, cache_dir=None, download=False, log=print) -> FeatureNetwork:
    """A feature network with its public weights.

    Args:
        name: "inception", "vgg16" or "mobilenet".
        paths: name -> file of weights, for those not to be looked for in the cache.
        cache_dir: see `cache_folder`.
        download: fetch weights that are not here.
        log: called with a line for each download.

    Raises:
        UserError: the weights are not here, damaged or of another network.
    """
    path = weight_files.find_weights(name, (paths or {}).get(name), cache_dir, download, log)
    title = weight_files.PUBLISHED[name].title
    if name == "inception":
        weights = inception_weights.read_inception(path)
        model = inception.build_inception()
        for layer in model.layers:
            key = layer.name.replace("-", ".")
            if f"{key}.kernel" in weights:
                layer.kernel.assign(weights[f"{key}.kernel"])
            if f"{key}.bias" in weights:
                layer.bias.assign(weights[f"{key}.bias"])
    elif name == "vgg16":
        weights, model = vgg16.read_vgg16(path), vgg16.build_vgg16()
        vgg16.load_vgg16(model, weights)
    else:
        model = mobilenet.build_mobilenet()
        weights = mobilenet.read_mobilenet(path, mobilenet.shapes_of(model))
        mobilenet.load_mobilenet(model, weights)
    return FeatureNetwork(name, model, hash_of(weights, REVISIONS[name]), title)


def load_perceptual(paths=None, cache_dir=None, download=False, log=print):
    """LPIPS of VGG16 as an embedding.

    Args are those of `load_network`; `paths` has the keys "vgg16" and "lpips".

    Returns:
        Keras model: float [N, H, W, 3] of 0 to 255 -> [N, D]; squared distances are LPIPS.
    """
    find = lambda name: weight_files.find_weights(  # noqa: E731
        name, (paths or {}).get(name), cache_dir, download, log
    )
    vgg, linear = vgg16.read_vgg16(find("vgg16")), vgg16.read_lpips(find("lpips"))
    model = vgg16.build_lpips()
    vgg16.load_lpips(model, vgg, linear)
    return model


def hash_of(weights: dict, revision: int = 1) -> str:
    """SHA-256 of arrays, their names and the code: the same for the same weights in any file format.

    Args:
        weights: name -> array.
        revision: of the code that computes with them.
    """
    digest = hashlib.sha256(f"revision {revision}".encode())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()
