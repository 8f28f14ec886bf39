"""Networks without arguments are those of the StyleGAN2 paper (arXiv 1912.04958, configuration F)."""

import inspect

import pytest

from ada_tf.models import Discriminator, Generator, MappingNetwork, SynthesisNetwork

CONVOLUTIONS = dict(
    shape=(256, 256, 3), channel_base=32768, channel_max=512, num_low_precision=0,
    precision="float16", conv_clamp=None, activation="lrelu", resample_taps=(1, 3, 3, 1),
)  # fmt: skip
DEFAULTS = {
    MappingNetwork: dict(
        z_dim=512, c_dim=0, w_dim=512, num_layers=8, embed_features=None, layer_features=None, activation="lrelu",
        lr_multiplier=0.01, track_average=True, label_scales=None,
    ),
    SynthesisNetwork: {**CONVOLUTIONS, "w_dim": 512, "architecture": "skip", "use_noise": True},
    Discriminator: {
        **CONVOLUTIONS, "c_dim": 0, "architecture": "resnet", "mbstd_group_size": 4, "mbstd_num_channels": 1,
        "cmap_dim": None, "mapping": None,
    },
    Generator: dict(z_dim=512, c_dim=0, w_dim=512, mapping=None, synthesis=None),
}  # fmt: skip


@pytest.mark.parametrize("network", DEFAULTS)
def test_defaults(network):
    parameters = inspect.signature(network.__init__).parameters.values()
    found = {p.name: p.default for p in parameters if p.name not in ("self", "name")}
    assert found == DEFAULTS[network]
