"""Settings of published networks as an `Architecture`; those that ours cannot have are named."""

from collections.abc import Mapping

from ada_tf.errors import UserError
from ada_tf.files import quoted
from ada_tf.interop.published.pickles import Refused
from ada_tf.models.config import ARCHITECTURES, Architecture, NetworkConfig
from ada_tf.models.layers import RESAMPLE_TAPS
from ada_tf.models.sizes import channels_at
from ada_tf.shape import Shape

_ACTIVATION = "lrelu"
_MAPPING_LR = 0.01
_LARGEST = 2**53  # above, not all whole numbers are floats


class Settings:
    """Names and values of a stranger; every one must be taken, or the network is another one.

    Args:
        values: by name.
        of: whose they are, for messages.
    """

    def __init__(self, values: Mapping, of: str):
        self._values, self._of = dict(values), of

    def take(self, name: str, default, *kinds):
        """A value of one of some types, or None where that is the default."""
        value = self._values.pop(name, default)
        if value is None and default is None:
            return None
        if type(value) not in kinds:
            raise Refused(f"{self._of} with {name}={quoted(value)}")
        return value

    def number(self, name: str, default=None) -> int:
        """A whole number; one without a default must be there."""
        value = self.take(name, default, int, float)
        if value is None or not abs(value) < _LARGEST or int(value) != value:
            raise Refused(f"{self._of} with {name}={quoted(value)}")
        return int(value)

    def fraction(self, name: str, default=None) -> float | None:
        """A number; None where that is the default."""
        value = self.take(name, default, int, float, type(None))
        if value is not None and not abs(value) < _LARGEST:
            raise Refused(f"{self._of} with {name}={quoted(value)}")
        return None if value is None else float(value)

    def inner(self, name: str) -> "Settings":
        """A group of settings."""
        values = self._values.pop(name, {})
        if not isinstance(values, dict):
            raise Refused(f"{self._of} with {name}={quoted(values)}")
        return Settings(values, f"{self._of}, {name},")

    def must(self, name: str, *accepted) -> None:
        """Refuse a value that our networks cannot have."""
        value = self._values.pop(name, accepted[0])
        value = tuple(value) if isinstance(value, list) else value
        if not any(value is known or value == known for known in accepted):
            raise Refused(
                f"{self._of} with {name}={quoted(value)}, where ours have {quoted(accepted[0])}"
            )

    def beside(self, other: "Settings") -> "Settings":
        """These together with others."""
        return Settings({**other._values, **self._values}, other._of)

    def ignore(self, *names: str) -> None:
        """Leave out what changes nothing."""
        for name in names:
            self._values.pop(name, None)

    def end(self) -> None:
        """Refuse what nobody has taken."""
        for name, value in self._values.items():
            raise Refused(f"{self._of} with {str(name)[:60]}={quoted(value)}")


def from_pytorch(generator: Mapping, discriminator: Mapping | None) -> Architecture:
    """The architecture of networks by the settings that they have in PyTorch.

    Args:
        generator: settings of G.
        discriminator: settings of D, if there is one.

    Raises:
        Refused: it is another kind of network, or one that ours cannot be; naming the setting.
    """
    g = Settings(generator, "a generator")
    shape = {
        "z_dim": g.number("z_dim"),
        "w_dim": g.number("w_dim"),
        "classes": g.number("c_dim"),
        "resolution": g.number("img_resolution"),
        "channels": g.number("img_channels"),
    }
    mapping, synthesis = g.inner("mapping_kwargs"), g.inner("synthesis_kwargs")
    layers = mapping.number("num_layers", 8)
    _usual_mapping(mapping, shape["w_dim"])
    mapping.must("lr_multiplier", _MAPPING_LR)
    mapping.ignore("w_avg_beta")
    mapping.end()
    # A later code base has the settings of the synthesis beside the others.
    flat = synthesis.beside(g)
    later = "synthesis_kwargs" not in generator
    blocks = _blocks(flat, "skip", later)
    flat.must("use_noise", True)
    flat.ignore("fp16_channels_last", "fused_modconv_default")
    flat.end()
    found = dict(
        z_dim=shape["z_dim"],
        w_dim=shape["w_dim"],
        mapping_layers=layers,
        generator_architecture=blocks.pop("architecture"),
        mbstd_group=4,
        precision="float16" if blocks["num_low_precision"] else "float32",
        **blocks,
    )
    if discriminator is not None:
        d = Settings(discriminator, "a discriminator")
        found |= _discriminator(d, shape, blocks, later)
    try:
        images = Shape(shape["resolution"], shape["resolution"], shape["channels"])
        of = Architecture(
            network=NetworkConfig(**found), shape=images, num_classes=shape["classes"]
        )
    except UserError as error:
        raise Refused(f"a network that ours cannot be: {str(error).rstrip('.')}") from error
    if images.base != (4, 4):  # theirs know no other
        raise Refused(f"a generator with resolution={images.size}, which is no power of two")
    return of


def _blocks(settings: Settings, architecture: str, later: bool) -> dict:
    """Return the settings that G and D share; the later code base has other defaults."""
    found = {
        "architecture": settings.take("architecture", architecture, str),
        "channel_base": settings.number("channel_base", 32768),
        "channel_max": settings.number("channel_max", 512),
        "num_low_precision": settings.number("num_fp16_res", 4 if later else 0),
        "conv_clamp": settings.fraction("conv_clamp", 256.0 if later else None),
    }
    if found["architecture"] not in ARCHITECTURES:
        raise Refused(f"networks with architecture={quoted(found['architecture'])}")
    settings.must("activation", _ACTIVATION)
    settings.must("resample_filter", tuple(RESAMPLE_TAPS))
    return found


def _usual_mapping(settings: Settings, width: int) -> None:
    """Widths that ours do not have apart."""
    for name in ("embed_features", "layer_features"):
        settings.must(name, None, width)
    settings.must("activation", _ACTIVATION)


def _discriminator(d: Settings, shape: dict, of_generator: dict, later: bool) -> dict:
    """The settings that a discriminator adds; what it shares with the generator must be the same."""
    for name, ours in (
        ("c_dim", shape["classes"]),
        ("img_resolution", shape["resolution"]),
        ("img_channels", shape["channels"]),
    ):
        if d.number(name) != ours:
            raise Refused(f"a discriminator of another {name} than its generator")
    block, mapping, epilogue = (
        d.inner(f"{name}_kwargs") for name in ("block", "mapping", "epilogue")
    )
    blocks = _blocks(d, "resnet", later)
    architecture = blocks.pop("architecture")
    # Widths may differ; what is computed in low precision may not.
    widths = {name: blocks.pop(name) for name in ("channel_base", "channel_max")}
    for name, value in blocks.items():
        if value != of_generator[name]:
            raise Refused(
                f"a discriminator with {name}={value}, where its generator has {of_generator[name]}"
            )
    width = channels_at(4, **widths)
    d.must("cmap_dim", None, width)
    d.end()
    _of_blocks(block)
    _usual_mapping(mapping, width)
    layers, rate = mapping.number("num_layers", 8), mapping.fraction("lr_multiplier", _MAPPING_LR)
    mapping.ignore("w_avg_beta")
    mapping.end()
    group = epilogue.take("mbstd_group_size", 4, int, type(None))
    epilogue.must("mbstd_num_channels", 1)
    epilogue.must("activation", _ACTIVATION)
    epilogue.end()
    return {
        "discriminator_architecture": architecture,
        **{
            f"discriminator_{name}": value
            for name, value in widths.items()
            if value != of_generator[name]
        },
        "discriminator_mapping_layers": layers,
        "discriminator_mapping_lr": rate,
        "mbstd_group": group,
    }


def _of_blocks(block: Settings) -> None:
    block.must("activation", _ACTIVATION)
    block.must("resample_filter", tuple(RESAMPLE_TAPS))
    # Frozen layers are a matter of training, a layout one of memory.
    block.ignore("freeze_layers", "fp16_channels_last")
    block.end()


# Settings of TensorFlow 1 that only say how it computed, or what it drew in training.
_IDLE = ("truncation_psi", "truncation_cutoff", "style_mixing_prob", "structure", "conditioning",
         "fused_modconv", "dtype", "is_training", "randomize_noise")  # fmt: skip


def from_tf1(
    generator: Mapping, discriminator: Mapping | None, before_ada: bool = False
) -> tuple[dict, dict | None]:
    """The settings that networks of TensorFlow 1 would have in PyTorch, for `from_pytorch`.

    Args:
        generator: settings of G.
        discriminator: settings of D, if there is one.
        before_ada: D is StyleGAN2's, which has other defaults.

    Raises:
        Refused: naming a setting that ours cannot have.
    """
    g = Settings(generator, "a generator")
    width = g.number("dlatent_size", 512)
    found = {
        "z_dim": g.number("latent_size", 512),
        "c_dim": g.number("label_size", 0),
        "w_dim": width,
        "img_resolution": g.number("resolution", 1024),
        "img_channels": g.number("num_channels", 3),
        "mapping_kwargs": {
            "num_layers": g.number("mapping_layers", 8),
            "embed_features": g.take("label_fmaps", None, int),
            "layer_features": g.take("mapping_fmaps", None, int),
            "activation": g.take("mapping_nonlinearity", _ACTIVATION, str),
            "lr_multiplier": g.take("mapping_lrmul", _MAPPING_LR, int, float),
        },
        "synthesis_kwargs": {
            **_tf1_blocks(g, "skip"),
            "use_noise": g.take("use_noise", True, bool),
        },
    }
    g.must("synthesis_func", "G_synthesis_stylegan2", "G_synthesis")
    g.must("normalize_latents", True)
    g.ignore(*_IDLE)
    g.end()
    if discriminator is None:
        return found, None
    if before_ada and found["c_dim"]:
        raise Refused(
            f"a StyleGAN2 of TensorFlow 1 with label_size={found['c_dim']}, whose labels enter"
            " in another way than ours"
        )
    d = Settings(discriminator, "a discriminator")
    features = d.take("mapping_fmaps", None, int)
    other = {
        "c_dim": d.number("label_size", 0),
        "img_resolution": d.number("resolution", 1024),
        "img_channels": d.number("num_channels", 3),
        "cmap_dim": features,
        "mapping_kwargs": {
            "num_layers": d.number("mapping_layers", 0),
            "embed_features": features,
            "layer_features": features,
            "lr_multiplier": d.take("mapping_lrmul", 0.1, int, float),
        },
        "epilogue_kwargs": {
            "mbstd_group_size": d.take(
                "mbstd_group_size", 4 if before_ada else None, int, type(None)
            ),
            "mbstd_num_channels": d.number("mbstd_num_features", 1),
        },
        **_tf1_blocks(d, "resnet"),
    }
    d.ignore("freeze_layers", *_IDLE)
    d.end()
    return found, other


def _tf1_blocks(settings: Settings, architecture: str) -> dict:
    settings.must("fmap_decay", 1.0)
    settings.must("fmap_min", 1)
    return {
        "architecture": settings.take("architecture", architecture, str),
        # Feature maps were counted at half the resolution.
        "channel_base": 2 * settings.number("fmap_base", 16384),
        "channel_max": settings.number("fmap_max", 512),
        "num_fp16_res": settings.number("num_fp16_res", 0),
        "conv_clamp": settings.take("conv_clamp", None, int, float),
        "activation": settings.take("nonlinearity", _ACTIVATION, str),
        "resample_filter": list(settings.take("resample_kernel", [1, 3, 3, 1], list, tuple)),
    }
