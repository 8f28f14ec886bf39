"""The generator: mapping and synthesis."""

import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.mapping import MappingNetwork, truncate
from ada_tf.models.synthesis import SynthesisNetwork


@keras.saving.register_keras_serializable("ada_tf")
class Generator(keras.Model):
    """z [N, z_dim] (and labels [N, c_dim]) -> image float32 [N, R, R, channels], nominally [-1, 1].

    Args:
        z_dim: width of the latents.
        c_dim: number of label features; 0 is unconditional.
        w_dim: width of the intermediate latents.
        mapping: further arguments of `MappingNetwork`.
        synthesis: further arguments of `SynthesisNetwork`.
    """

    def __init__(self, z_dim=512, c_dim=0, w_dim=512, mapping=None, synthesis=None, name=None):
        super().__init__(name=name, dtype="float32")
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, w_dim
        self.config = dict(
            z_dim=z_dim,
            c_dim=c_dim,
            w_dim=w_dim,
            mapping=dict(mapping or {}),
            synthesis=dict(synthesis or {}),
        )
        self.mapping = MappingNetwork(z_dim, c_dim, w_dim, name="mapping", **(mapping or {}))
        self.synthesis = SynthesisNetwork(w_dim, name="synthesis", **(synthesis or {}))
        self.num_ws = self.synthesis.num_ws
        self.built = True

    def map(self, z, labels=None, truncation_psi=1.0, truncation_cutoff=None):
        """Latents to per-layer intermediate latents: [N, z_dim] -> [N, num_ws, w_dim]."""
        if self.c_dim and labels is None:
            raise UserError(
                f"labels=None for a conditional generator; give one-hot labels [N, {self.c_dim}]."
            )
        ws = self.broadcast(self.mapping(z, labels))
        if isinstance(truncation_psi, (int, float)) and truncation_psi == 1:
            return ws
        return truncate(
            ws, tf.convert_to_tensor(self.mapping.w_avg), truncation_psi, truncation_cutoff
        )

    def broadcast(self, w):
        """The same w for every layer: [N, w_dim] -> [N, num_ws, w_dim]."""
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

    def get_config(self):
        return {**self.config, "name": self.name}
