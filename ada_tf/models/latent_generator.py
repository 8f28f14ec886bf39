"""The contract of a generator, on which training, generation, metrics and export rely."""

import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.mapping import truncate


class LatentGenerator(keras.Model):
    """z [N, z_dim] (and labels [N, c_dim]) -> w -> ws -> image float32 [N, H, W, C] in [-1, 1].

    A generator of another family derives from this and sets, before the first call,

    Attributes:
        z_dim: width of the latents, drawn from N(0, 1).
        c_dim: width of the label vectors; 0 is unconditional.
        w_dim: width of the intermediate latents, in which people mix and interpolate.
        num_ws: copies of w that the synthesis takes, one for each layer with a style of its own; 1
            without such layers.
        mapping: (z, labels) -> w [N, w_dim]. May return z as it is.
        w_avg: variable [w_dim], the mean that truncation pulls w toward; None has no truncation.
        synthesis: (ws [N, num_ws, w_dim], noise_mode, seed) -> images. `noise_mode` is "random"
            (from `seed`, int32 [2]), "const" or "none"; without noise inputs they are the same.
        label_space: `LabelSpace` of a trained generator; None if nobody knows what its labels mean.

    The constructor makes all variables, and `get_config` returns its arguments.
    """

    label_space = None

    def map(self, z, labels=None, truncation_psi=1.0, truncation_cutoff=None, mean=None):
        """Map latents to intermediate latents of each layer: [N, z_dim] -> [N, num_ws, w_dim].

        Args:
            z: [N, z_dim].
            labels: vectors [N, c_dim], see `ada_tf.models.label_vectors`; None for an unconditional generator.
            truncation_psi: see `truncate`; 1 leaves w as it is.
            truncation_cutoff: see `truncate`.
            mean: replaces `w_avg`, one for each image, [N, w_dim]; such as `label_means`.

        Raises:
            UserError: labels are missing.
        """
        if self.c_dim and labels is None:
            raise UserError(
                f"labels=None for a conditional generator; give label vectors [N, {self.c_dim}]."
            )
        ws = self.broadcast(self.mapping(z, labels))
        # A tensor may be 1 as well, which a graph cannot know beforehand.
        untruncated = isinstance(truncation_psi, (int, float)) and truncation_psi == 1
        if untruncated or self.w_avg is None:
            return ws
        # [w_dim], or [N, 1, w_dim]: both broadcast to ws.
        mean = self.w_avg if mean is None else mean[:, tf.newaxis]
        return truncate(ws, tf.convert_to_tensor(mean), truncation_psi, truncation_cutoff)

    def broadcast(self, w):
        """Repeat w for every layer: [N, w_dim] -> [N, num_ws, w_dim]."""
        return tf.tile(w[:, tf.newaxis], [1, self.num_ws, 1])

    def call(
        self,
        z,
        labels=None,
        truncation_psi=1.0,
        truncation_cutoff=None,
        noise_mode="const",
        seed=None,
    ):
        ws = self.map(z, labels, truncation_psi, truncation_cutoff)
        return self.synthesis(ws, noise_mode=noise_mode, seed=seed)

    def in_float32(self):
        """Return this generator, or a copy of it, that computes in float32 alone."""
        return self


def check_generator(generator) -> None:
    """Refuse what is no generator, such as the path of one.

    Raises:
        UserError: it is none.
    """
    if isinstance(generator, tuple) and generator and hasattr(generator[0], "synthesis"):
        raise UserError(
            "generator is a pair; load_generator returns the generator and its configuration: give the"
            " first."
        )
    if not hasattr(generator, "synthesis"):
        raise UserError(
            f"generator={generator!r:.80} must be a generator; load_generator opens one from a path."
        )
