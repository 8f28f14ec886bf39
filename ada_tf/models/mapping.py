"""The mapping network: from latents z and labels c to intermediate latents w."""

import keras
import numpy as np
import tensorflow as tf

from ada_tf.models.layers import Dense


def standardiser(label_scales):
    """Return a function of labels [N, c_dim] that standardises them, or leaves them as they are.

    Its numbers are constants, not weights: graphs and exports hold them, and take labels as people
    give them.

    Args:
        label_scales: (mean, deviation) of each number of a label, or None.
    """
    if label_scales is None:
        return lambda labels: labels
    means, deviations = np.array(label_scales, np.float32).T  # [c_dim] each
    return lambda labels: (labels - means) / deviations


def normalize_second_moment(x):
    """Scale each row to unit mean square: x / sqrt(mean(x^2) + 1e-8). [N, D] -> [N, D]."""
    return x * tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=1, keepdims=True) + 1e-8)


def truncate(ws, w_avg, psi, cutoff=None):
    """The truncation trick (arXiv 1812.04948, appendix B): pull w toward its mean.

    Args:
        ws: [N, num_ws, w_dim].
        w_avg: [w_dim], or one for each image, [N, 1, w_dim].
        psi: 1 leaves w as it is, 0 gives the mean; a number, or a tensor that broadcasts to ws.
        cutoff: number of layers that are truncated, from the coarsest; None truncates all.

    Returns:
        [N, num_ws, w_dim].
    """
    # psi < 0 goes beyond the mean, to the opposite of an image.
    truncated = w_avg + psi * (ws - w_avg)  # [N, num_ws, w_dim]
    if cutoff is None:
        return truncated
    # Broadcasts [1, num_ws, 1].
    return tf.where(tf.range(ws.shape[1])[tf.newaxis, :, tf.newaxis] < cutoff, truncated, ws)


@keras.saving.register_keras_serializable("ada_tf")
class MappingNetwork(keras.Model):
    """z [N, z_dim], labels [N, c_dim] -> w [N, w_dim], all float32 (arXiv 1812.04948, section 2).

    Args:
        z_dim: width of the latents; 0 maps labels alone.
        c_dim: width of the label vectors; 0 is unconditional.
        w_dim: width of the result.
        num_layers: fully connected layers; 0 returns the normalised latents and labels.
        embed_features: width of the embedded label, default w_dim.
        layer_features: width of the inner layers, default w_dim.
        activation: name for `bias_act`.
        lr_multiplier: learning rate of these layers relative to the rest.
        track_average: keep `w_avg`, the running mean of w that truncation pulls toward.
        label_scales: (mean, deviation) of each number of a label, by which labels are standardised;
            None takes them as they are.
    """

    def __init__(
        self, z_dim=512, c_dim=0, w_dim=512, num_layers=8, embed_features=None, layer_features=None,
        activation="lrelu", lr_multiplier=0.01, track_average=True, label_scales=None,
        name=None,
    ):  # fmt: skip
        super().__init__(name=name, dtype="float32")
        self.z_dim, self.c_dim, self.w_dim, self.num_layers = z_dim, c_dim, w_dim, num_layers
        self.config = dict(
            z_dim=z_dim, c_dim=c_dim, w_dim=w_dim, num_layers=num_layers, embed_features=embed_features,
            layer_features=layer_features, activation=activation, lr_multiplier=lr_multiplier,
            track_average=track_average, label_scales=label_scales,
        )  # fmt: skip
        embed_features = embed_features or w_dim
        # The widths of the original are all equal; imported networks may differ.
        inner = layer_features or w_dim
        self.embed = Dense(c_dim, embed_features, name="embed") if c_dim else None
        self._standardised = standardiser(label_scales)
        # Layer i maps widths[i] to widths[i + 1].
        widths = [z_dim + (embed_features if c_dim else 0)] + [inner] * (num_layers - 1) + [w_dim]
        self.fc = [
            Dense(
                widths[i],
                widths[i + 1],
                activation=activation,
                lr_multiplier=lr_multiplier,
                name=f"fc{i}",
            )
            for i in range(num_layers)
        ]
        self.w_avg = None
        if track_average:
            self.w_avg = self.add_weight(
                name="w_avg", shape=(w_dim,), initializer="zeros", trainable=False
            )
        self.built = True

    def call(self, z=None, labels=None):
        # Both parts have unit mean square, so that neither drowns the other.
        parts = [normalize_second_moment(z)] if self.z_dim else []
        if self.embed is not None:
            parts.append(normalize_second_moment(self.embed(self._standardised(labels))))
        x = tf.concat(parts, axis=1)
        for layer in self.fc:
            x = layer(x)
        return x

    def get_config(self):
        return {**self.config, "name": self.name}
