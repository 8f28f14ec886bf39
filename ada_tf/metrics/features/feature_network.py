"""Feature networks, ready to use: by name, by a declaration of your own, or made in Python."""

import functools
import hashlib
import importlib
import re

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.features import declaration, declared, networks, vgg16, weight_files
from ada_tf.ops import choice, graph


class FeatureNetwork:
    """A network that turns images into features: one of `load_network`, or your own.

    Metrics carry the name of your own network: `FeatureNetwork("mine", model, ...)` makes
    `kid500_full_mine`, so that its numbers are never taken for those of Inception.

        backbone = keras.applications.ResNet50(weights="my_weights.h5", include_top=False, pooling="avg")
        image = keras.Input([None, None, 3])
        x = keras.layers.Resizing(224, 224, antialias=True)(image)  # and its own normalisation
        features = backbone(keras.applications.resnet.preprocess_input(x))
        mine = FeatureNetwork("mine", keras.Model(image, {"features": features}))
        evaluate(run, metrics="kid500_full", features=mine)  # {"kid500_full_mine": ...}

    Args:
        name: small letters, digits and underscores, a letter first.
        model: [N, H, W, 3], uint8 of 0 to 255 -> {output: float32 [N, D]}, a Keras model or any
            callable with the keyword `training`. The output "features" serves all metrics but
            inception scores, which need "probabilities", [N, classes] with a sum of 1.
        weights_hash: hash of the weights and of the revision of the code, for the cache of features;
            default the SHA-256 of the model's weights.
        title: for the protocol; default the name.
        batch: images at a time.
        end: of the names of its metrics; default an underscore and the name.
        outputs: names of the model's outputs; default those of `model.output`, or "features".
        compiled: make a graph of the model; not for a model outside of TensorFlow.

    Raises:
        UserError: the name is malformed, or that of a public network.
    """

    def __init__(
        self, name, model, weights_hash=None, title=None, batch=32, end=None, outputs=None,
        compiled=True,
    ):  # fmt: skip
        self.end = f"_{name}" if end is None else end
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or self.end in networks.RESERVED:
            raise UserError(
                f"name={name!r} of a network must be small letters, digits and underscores, a letter"
                f" first, and its end none of {', '.join(networks.RESERVED)}."
            )
        if end is None and any(
            name == row.name or self.end == row.end for row in networks.NETWORKS.values()
        ):
            raise UserError(
                f"name={name!r} is that of a public network; give yours a name of its own."
            )
        self.name, self.title, self.batch = name, title or name, batch
        if weights_hash is None:
            weights_hash = hash_of({str(i): w for i, w in enumerate(model.get_weights())})
        self.weights_hash = weights_hash
        outputs = outputs or getattr(model, "output", None) or ["features"]
        self.outputs = tuple(outputs)
        self._run = functools.partial(model, training=False)
        if compiled:
            self._run = graph(lambda images: model(images, training=False), choice.on_gpu())

    def __call__(self, images) -> dict[str, np.ndarray]:
        """Compute features of any number of images.

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
        outputs = {name: np.asarray(out)[:count] for name, out in self._run(images).items()}
        for name, values in outputs.items():
            if not np.isfinite(values).all():
                raise UserError(f"{name} of {self.title} are not finite; no metric was computed.")
        return outputs


def load_network(features, paths=None, cache_dir=None, download=False, log=print) -> FeatureNetwork:
    """Load a feature network with its weights.

    Args:
        features: name of a row of `networks.NETWORKS`, such as "inception" or "lite0", or the row;
            the .json file that declares a network of your own, or its Declaration; or a
            FeatureNetwork, which is returned.
        paths: key of `networks.WEIGHT_FILES` -> its file; others are looked for.
        cache_dir: see `cache_folder`.
        download: fetch weights that are not here.
        log: called with a line for each download, and for a file other than the published one.

    Raises:
        UserError: the weights are not here, damaged or of another network.
    """
    row = declaration.chosen(features)
    if isinstance(row, FeatureNetwork):
        return row
    if isinstance(row, declaration.Declaration):
        model, compiled = declared.load(row)
        return FeatureNetwork(
            row.name, model, row.sha256, row.title, end=row.end, outputs=row.outputs,
            compiled=compiled,
        )  # fmt: skip
    load, title, found = _function(row.load), row.title, ()
    if row.weights is not None:
        path, published = weight_files.find_weights(
            row.weights, (paths or {}).get(row.weights), cache_dir, download, log
        )
        title, found = weight_files.titled(row.title, published), (path,)
    model, weights = load(*found, **row.options)
    return FeatureNetwork(
        row.name, model, hash_of(weights, row.revision), title, end=row.end, outputs=row.outputs
    )


def is_here(name: str, paths=None, cache_dir=None) -> bool:
    """Return True if the weights of a network are on this machine; arguments as of `load_network`."""
    weights = networks.network(name).weights
    return weights is None or weight_files.is_here(weights, (paths or {}).get(weights), cache_dir)


def _function(name):
    """A function, or "module.function" of this folder, imported only when its network is used."""
    if callable(name):
        return name
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(f"ada_tf.metrics.features.{module}"), function)


def load_perceptual(paths=None, cache_dir=None, download=False, log=print):
    """Load LPIPS of VGG16 as an embedding.

    Args are those of `load_network`; `paths` has the keys "vgg16" and "lpips".

    Returns:
        Keras model: float [N, H, W, 3] of 0 to 255 -> [N, D]; squared distances are LPIPS.
    """
    vgg, linear = (
        read(
            weight_files.find_weights(name, (paths or {}).get(name), cache_dir, download, log).path
        )
        for name, read in (("vgg16", vgg16.read_vgg16), ("lpips", vgg16.read_lpips))
    )
    model = vgg16.build_lpips()
    vgg16.load_lpips(model, vgg, linear)
    return model


def hash_of(weights: dict, revision: int = 1) -> str:
    """Hash arrays, their names and the revision of the code; the file format makes no difference.

    Args:
        weights: name -> array.
        revision: of the code that computes with them.
    """
    digest = hashlib.sha256(f"revision {revision}".encode())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()
