"""Writes pickles as StyleGAN2-ADA of PyTorch and of TensorFlow 1 does, without either, from our networks.

What cannot be imported here is pickled by its name alone.
"""

import functools
import io
import pickle
import re
import types

import numpy as np

from ada_tf.models.names import named_variables
from tests.interop import torch_writer


@functools.cache
def stand_in(module: str, name: str, *bases):
    """A class that is pickled by this name."""
    made = types.new_class(name, bases)
    made.__module__, made.__qualname__ = module, name
    return made


class Call:
    """Pickles as a call of a name."""

    def __init__(self, module, name, *arguments):
        self.call = stand_in(module, name), arguments

    def __reduce__(self):
        return self.call


def easy(values: dict):
    """A dictionary that shows its items as attributes, as both code bases have it."""
    return stand_in("dnnlib.util", "EasyDict", dict)(values)


class _Pickler(pickle._Pickler):
    """Python's pickler, told to write names it cannot import, and those of NumPy 1 if `old`."""

    def __init__(self, stream, protocol, old):
        super().__init__(stream, protocol)
        self.old = old

    def save_global(self, value, name=None):
        module, name = value.__module__ or "", name or value.__qualname__
        module = module.replace("numpy._core", "numpy.core") if self.old else module
        module = "__builtin__" if (module, self.proto) == ("builtins", 2) else module
        if self.proto >= 4:
            self.save(module)
            self.save(name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(f"c{module}\n{name}\n".encode())
        self.memoize(value)

    dispatch = {**pickle._Pickler.dispatch, type: save_global}


def to_pickle(content, protocol=4, old=False) -> bytes:
    """What both programs do with their networks.

    Args:
        content: with `Call` and instances of `stand_in` in it.
        protocol: of the pickle.
        old: name NumPy's core as NumPy 1 does.
    """
    stream = io.BytesIO()
    _Pickler(stream, protocol, old).dump(content)
    return stream.getvalue()


def tensor(array, parameter=True, channels_last=False, zipped=False, saved=False):
    """An array as PyTorch pickles it: a call with a file of its own inside.

    With `saved` it is for `torch_writer`, which puts the numbers beside the pickle.
    """
    if saved:
        kept = np.array(array, np.float32)
        return Call("torch._utils", "_rebuild_parameter", kept, True, {}) if parameter else kept
    order = (0, 2, 3, 1) if channels_last and np.ndim(array) == 4 else range(np.ndim(array))
    kept = np.array(np.transpose(array, order), np.float32, order="C")
    strides = np.transpose(kept, np.argsort(order)).strides
    storage = torch_writer.Storage(kept.reshape(-1))
    write = torch_writer.write_zip if zipped else torch_writer.write_stream
    stream = io.BytesIO()
    write(stream, storage)
    loaded = Call("torch.storage", "_load_from_bytes", stream.getvalue())
    built = Call("torch._utils", "_rebuild_tensor_v2", loaded, 0, np.shape(array),
                 tuple(stride // kept.itemsize for stride in strides), False, {})  # fmt: skip
    return Call("torch._utils", "_rebuild_parameter", built, True, {}) if parameter else built


def module(class_name, settings=None, parameters=(), buffers=(), modules=(), **attributes):
    """A network or a part of one as it pickles itself, with the source of its class beside it."""
    state = {
        "training": False,
        "_parameters": dict(parameters),
        "_buffers": dict(buffers),
        "_modules": dict(modules),
        "_non_persistent_buffers_set": Call("builtins", "set", []),
        "_backward_hooks": {},
        "_init_args": (),
        "_init_kwargs": easy(settings or {}),
        **attributes,
    }
    meta = {
        "type": "class",
        "version": 6,
        "module_src": "raise SystemExit('executed')",
        "class_name": class_name,
        "state": state,
    }
    return Call("torch_utils.persistence", "_reconstruct_persistent_obj", meta)


def arrays_of(network) -> dict[str, np.ndarray]:
    """The weights of one of our networks under the names of PyTorch."""
    return {named.name: named.from_ours(named.variable) for named in named_variables(network)}


_BUFFERS = ("w_avg", "const_noise", "noise_const")


def to_module(class_name, settings, arrays, frozen=False, **options):
    """A network of weights by name, nested as its names say."""
    saved = options.get("saved", False)
    filters = {"resample_filter": tensor(np.ones([4, 4]) / 16, parameter=False, saved=saved)}

    def build(name, arrays, settings=None, **attributes):
        own = {n: a for n, a in arrays.items() if "." not in n}
        heads = dict.fromkeys(n.partition(".")[0] for n in arrays if "." in n)
        kinds = {n: n in _BUFFERS or frozen for n in own}
        made = {n: tensor(a, not kinds[n], **options) for n, a in own.items()}
        return module(
            name,
            settings,
            {**{n: made[n] for n in own if not kinds[n]}, "absent": None},
            {**{n: made[n] for n in own if kinds[n]}, **(filters if own else {})},
            {
                head: build("Layer", {n[len(head) + 1 :]: a for n, a in arrays.items() if n.startswith(f"{head}.")})
                for head in heads
            },
            **attributes,
        )  # fmt: skip

    # Sizes are kept as numbers of NumPy in places.
    return build(class_name, arrays, settings, weight_gain=np.float64(0.5), device=Call("torch", "device", "cpu"))  # fmt: skip


def pytorch_settings(architecture, later=False) -> tuple[dict, dict]:
    """What G and D of an architecture were made with."""
    network = architecture.network
    shape = {"c_dim": architecture.num_classes, "img_resolution": architecture.shape.width,
             "img_channels": architecture.shape.channels}  # fmt: skip
    blocks = {"num_fp16_res": network.num_low_precision, "conv_clamp": network.conv_clamp}
    widths = ("channel_base", "channel_max")
    synthesis = {**dict(zip(widths, network.generator_channels, strict=True)), **blocks,
                 "architecture": network.generator_architecture}  # fmt: skip
    blocks |= zip(widths, network.discriminator_channels, strict=True)
    g = {
        "z_dim": network.z_dim,
        "w_dim": network.w_dim,
        **shape,
        "mapping_kwargs": easy({"num_layers": network.mapping_layers}),
        **(synthesis if later else {"synthesis_kwargs": easy(synthesis)}),
    }
    d = {
        **shape,
        **blocks,
        "architecture": network.discriminator_architecture,
        "block_kwargs": easy({"freeze_layers": 0}),
        "mapping_kwargs": easy({
            "num_layers": network.discriminator_mapping_layers,
            "lr_multiplier": network.discriminator_mapping_lr,
        }),
        "epilogue_kwargs": easy({"mbstd_group_size": network.mbstd_group}),
    }  # fmt: skip
    return g, d


def pytorch(architecture, networks, later=False, **options) -> dict:
    """The content of a pickle of PyTorch.

    Args:
        architecture: of the networks.
        networks: group -> one of ours.
        later: settings as the code base after StyleGAN2-ADA writes them.
        **options: of `to_module`.
    """
    g, d = pytorch_settings(architecture, later)
    made = {
        "G": to_module("Generator", g, arrays_of(networks["generator"]), **options),
        "D": to_module("Discriminator", d, arrays_of(networks["discriminator"]), **options),
        "G_ema": to_module("Generator", g, arrays_of(networks["generator_ema"]), **options),
    }
    return {
        "training_set_kwargs": easy({"class_name": "training.dataset.ImageFolderDataset"}),
        **made,
        "augment_pipe": module("AugmentPipe", {"xflip": 1}, buffers={"p": tensor(0.3, False)}),
    }


# PyTorch's name -> component of TensorFlow 1, its name there, and the layout.
def _dense(a):
    return np.transpose(a)


def _conv(a):
    return np.transpose(a, (2, 3, 1, 0))


def _conv_up(a):
    return np.transpose(a[:, :, ::-1, ::-1], (2, 3, 1, 0))


def _same(a):
    return a


_LAYERS = {"conv0": "Conv0_up", "conv1": "Conv1", "torgb": "ToRGB", "skip": "Skip"}
_OF_D = {
    "fromrgb": "FromRGB",
    "conv0": "Conv0",
    "conv1": "Conv1_down",
    "skip": "Skip",
    "conv": "Conv",
}


def _generator_variable(name, value):
    """(component, name, value) of a variable of G."""
    if name == "mapping.w_avg":
        return "", "dlatent_avg", value
    part, _, rest = name.partition(".")
    if part == "mapping":
        layer, what = rest.split(".")
        there = "LabelEmbed" if layer == "embed" else "Dense" + layer.removeprefix("fc")
        return part, f"{there}/{what}", _dense(value) if what == "weight" else value
    if rest == "b4.const":
        return part, "4x4/Const/const", value[np.newaxis]
    block, layer, what = re.fullmatch(r"b(\d+)\.(\w+)\.([\w.]+)", rest).groups()
    log2 = int(block).bit_length() - 1
    if what == "noise_const":
        number = 0 if log2 == 2 else 2 * log2 - (5 if layer == "conv0" else 4)
        return part, f"noise{number}", value[np.newaxis, np.newaxis]
    there = "Conv" if (log2, layer) == (2, "conv1") else _LAYERS[layer]
    there = f"{block}x{block}/{there}"
    if what == "affine.weight":
        return part, f"{there}/mod_weight", _dense(value)
    if what == "affine.bias":
        return part, f"{there}/mod_bias", value - 1
    if what == "noise_strength":
        return part, f"{there}/noise_strength", np.float32(value)
    if what == "weight":
        value = (_conv_up if layer in ("conv0", "skip") else _conv)(value)
    return part, f"{there}/{what}", value


def _discriminator_variable(name, value):
    layer, what = re.fullmatch(r"(.*)\.(weight|bias)", name).groups()
    kind = _conv if value.ndim == 4 else _dense if value.ndim == 2 else _same
    ends = {"b4.fc": "4x4/Dense0", "b4.out": "Output", "mapping.embed": "LabelEmbed"}
    if layer.startswith("mapping.fc"):
        there = "Mapping" + layer.removeprefix("mapping.fc")
    elif layer in ends:
        there = ends[layer]
    else:
        block, part = re.fullmatch(r"b(\d+)\.(\w+)", layer).groups()
        there = f"{block}x{block}/{_OF_D[part]}"
    return "", f"{there}/{what}", kind(value)


def tf1_network(function, settings, variables=(), components=None, version=5, **state):
    """A network as TensorFlow 1's code base pickles it."""
    network = stand_in("dnnlib.tflib.network", "Network")()
    network.__dict__ = {
        "version": version,
        "name": function.replace("_main", ""),
        "static_kwargs": easy(settings),
        "components": easy(components or {}),
        "build_module_src": "raise SystemExit('executed')",
        "build_func_name": function,
        "variables": list(variables),
        "input_shapes": [[None, 512], [None, 0]],
        **state,
    }
    return network


def tf1_settings(architecture) -> tuple[dict, dict]:
    """What G and D were made with, where it is not the default."""
    network = architecture.network
    shape = {"label_size": architecture.num_classes, "resolution": architecture.shape.width,
             "num_channels": architecture.shape.channels}  # fmt: skip
    blocks = {"num_fp16_res": network.num_low_precision, "conv_clamp": network.conv_clamp}
    blocks = {name: value for name, value in blocks.items() if value is not None}
    g_widths, d_widths = (
        {"fmap_base": base // 2, "fmap_max": most}
        for base, most in (network.generator_channels, network.discriminator_channels)
    )
    g = {
        "latent_size": network.z_dim,
        "dlatent_size": network.w_dim,
        "mapping_layers": network.mapping_layers,
        "architecture": network.generator_architecture,
        "truncation_psi": 0.5,
    }
    d = {
        "mapping_layers": network.discriminator_mapping_layers,
        "mapping_lrmul": network.discriminator_mapping_lr,
        "architecture": network.discriminator_architecture,
        "mbstd_group_size": network.mbstd_group,
    }
    return {**shape, **blocks, **g_widths, **g}, {**shape, **blocks, **d_widths, **d}


def tf1_generator(architecture, arrays, **options):
    found = {"": [], "mapping": [], "synthesis": []}
    for name, value in arrays.items():
        component, there, value = _generator_variable(name, value)
        found[component].append((there, value))
    settings, _ = tf1_settings(architecture)
    parts = {part: tf1_network(f"G_{part}", settings, found[part], **options)
             for part in ("synthesis", "mapping")}  # fmt: skip
    return tf1_network("G_main", settings, found[""], parts, **options)


def tf1_discriminator(architecture, arrays, **options):
    variables = [_discriminator_variable(*item)[1:] for item in arrays.items()]
    return tf1_network("D_main", tf1_settings(architecture)[1], variables, **options)


def tf1(architecture, networks, **options) -> tuple:
    """The content of a pickle of TensorFlow 1: G, D and Gs."""
    return (
        tf1_generator(architecture, arrays_of(networks["generator"]), **options),
        tf1_discriminator(architecture, arrays_of(networks["discriminator"]), **options),
        tf1_generator(architecture, arrays_of(networks["generator_ema"]), **options),
    )
