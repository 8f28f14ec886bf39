"""The generator: mapping and synthesis."""

import keras

from ada_tf.models.latent_generator import LatentGenerator
from ada_tf.models.mapping import MappingNetwork
from ada_tf.models.synthesis import SynthesisNetwork


@keras.saving.register_keras_serializable("ada_tf")
class Generator(LatentGenerator):
    """z [N, z_dim] (and labels [N, c_dim]) -> image float32 [N, H, W, channels], nominally [-1, 1].

    Args:
        z_dim: width of the latents.
        c_dim: width of the label vectors; 0 is unconditional.
        w_dim: width of the intermediate latents.
        mapping: further arguments of `MappingNetwork`.
        synthesis: further arguments of `SynthesisNetwork`.
    """

    def __init__(self, z_dim=512, c_dim=0, w_dim=512, mapping=None, synthesis=None, name=None):
        super().__init__(name=name, dtype="float32")
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, w_dim
        self.mapping = MappingNetwork(z_dim, c_dim, w_dim, name="mapping", **(mapping or {}))
        self.synthesis = SynthesisNetwork(w_dim, name="synthesis", **(synthesis or {}))
        self.num_ws = self.synthesis.num_ws
        self.config = dict(
            z_dim=z_dim,
            c_dim=c_dim,
            w_dim=w_dim,
            mapping=dict(mapping or {}),
            # A Shape becomes three numbers, which JSON can hold.
            synthesis={**(synthesis or {}), "shape": self.synthesis.shape.hwc},
        )
        # The constructor has made all variables: nothing is left for Keras to build.
        self.built = True

    @property
    def w_avg(self):
        """The running mean of w, variable [w_dim]."""
        return self.mapping.w_avg

    def in_float32(self):
        """Return itself, or a copy in float32 if this one computes in low precision."""
        if not self.config["synthesis"].get("num_low_precision"):
            return self
        config = self.get_config()
        config["synthesis"] = {**config["synthesis"], "num_low_precision": 0}
        copy = type(self).from_config(config)
        # Precision changes no variable, so both lists are in one order.
        for ours, theirs in zip(copy.variables, self.variables, strict=True):
            ours.assign(theirs)
        return copy

    def get_config(self):
        return {**self.config, "name": self.name}
