"""Networks in pickles of TensorFlow 1's StyleGAN2 and StyleGAN2-ADA, under the names and layouts of PyTorch's."""

import itertools
import re
from collections.abc import Iterator

import numpy as np

from ada_tf.interop.published import pickles
from ada_tf.interop.published.pickles import Array, Instance, Refused
from ada_tf.interop.published.torch_modules import named
from ada_tf.models.names import noise_name

# States before 4 lack what is read here, and no released network has one.
OLDEST = 4
# The functions that build them, with StyleGAN2-ADA and before it.
BEFORE_ADA = "D_stylegan2"
GENERATORS, DISCRIMINATORS = ("G_main",), ("D_main", BEFORE_ADA)
# Its networks have components, and 300 variables at 1024 pixels.
_MAX_DEPTH, _MAX_PARTS = 4, 2**12


class Network(Instance):
    """Stand-in for `dnnlib.tflib.network.Network`: its state, none of its code."""

    @property
    def function(self) -> str:
        """The name of the function that built it, such as "G_main"."""
        name = self.attributes.get("build_func_name")
        return name[:100] if isinstance(name, str) else ""

    @property
    def settings(self) -> dict:
        """Settings the network was made with."""
        settings = self.attributes.get("static_kwargs", {})
        if not isinstance(settings, dict):
            raise Refused("a network without settings")
        return settings

    @property
    def version(self) -> int:
        """Version of the state's format."""
        version = self.attributes.get("version")
        return version if type(version) is int else 0

    def variables(self) -> dict[str, np.ndarray]:
        """All variables by their whole name, such as "synthesis/4x4/Conv/weight"."""
        found = list(itertools.islice(_variables(self, "", 0), _MAX_PARTS + 1))
        if len(found) > _MAX_PARTS:
            raise Refused(f"a network of more than {_MAX_PARTS} parts")
        return {name: _array(value) for name, value in found if not isinstance(value, Network)}


def _variables(network: Network, prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    """(name, value) of the variables of a network and its components, and of these."""
    if depth > _MAX_DEPTH:
        raise Refused("networks nested too deep")
    variables = network.attributes.get("variables", [])
    for item in variables if isinstance(variables, list) else ():
        if not isinstance(item, (tuple, list)) or len(item) != 2 or not isinstance(item[0], str):
            raise Refused("a variable without a name")
        yield f"{prefix}{item[0][:200]}", item[1]
    components = network.attributes.get("components", {})
    for name, component in components.items() if isinstance(components, dict) else ():
        if not isinstance(component, Network):
            raise Refused("a part of a network that is none")
        yield f"{prefix}{name}", component
        yield from _variables(component, f"{prefix}{name}/", depth + 1)


def _array(value) -> np.ndarray:
    if isinstance(value, Array):
        return value.array
    if isinstance(value, (int, float)):
        return np.asarray(value, np.float32)
    raise Refused("a variable that is no array")


def _conv(weight):
    return weight.transpose(3, 2, 0, 1)  # [k, k, in, out] -> [out, in, k, k]


def _conv_up(weight):
    """TensorFlow 1 stores the kernels of up-sampling convolutions rotated by 180 degrees."""
    return _conv(weight)[:, :, ::-1, ::-1]


def _layer(kind: str):
    """PyTorch's name of a layer of a synthesis block."""
    return {"Conv": "conv1", "Conv0_up": "conv0", "Conv1": "conv1", "ToRGB": "torgb",
            "Skip": "skip"}[kind]  # fmt: skip


_SIDE = r"(\d{1,5})x\1"
# (pattern of TensorFlow 1's name, PyTorch's name by the match, PyTorch's layout).
_GENERATOR = (
    (r"dlatent_avg", lambda m: "mapping.w_avg", np.asarray),
    (r"mapping/LabelEmbed/weight", lambda m: "mapping.embed.weight", np.transpose),
    (r"mapping/LabelEmbed/bias", lambda m: "mapping.embed.bias", np.asarray),
    (r"mapping/Dense(\d+)/weight", lambda m: f"mapping.fc{m[1]}.weight", np.transpose),
    (r"mapping/Dense(\d+)/bias", lambda m: f"mapping.fc{m[1]}.bias", np.asarray),
    (r"synthesis/4x4/Const/const", lambda m: "synthesis.b4.const", lambda a: a[0]),
    (r"synthesis/noise(\d{1,2})", lambda m: noise_name(int(m[1])), lambda a: a[0, 0]),
    (
        rf"synthesis/{_SIDE}/(Conv0_up|Skip)/weight",
        lambda m: f"synthesis.b{m[1]}.{_layer(m[2])}.weight",
        _conv_up,
    ),
    (
        rf"synthesis/{_SIDE}/(Conv|Conv1|ToRGB)/weight",
        lambda m: f"synthesis.b{m[1]}.{_layer(m[2])}.weight",
        _conv,
    ),
    (
        rf"synthesis/{_SIDE}/(Conv|Conv0_up|Conv1|ToRGB)/(bias|noise_strength)",
        lambda m: f"synthesis.b{m[1]}.{_layer(m[2])}.{m[3]}",
        np.asarray,
    ),
    (
        rf"synthesis/{_SIDE}/(Conv|Conv0_up|Conv1|ToRGB)/mod_weight",
        lambda m: f"synthesis.b{m[1]}.{_layer(m[2])}.affine.weight",
        np.transpose,
    ),
    (
        rf"synthesis/{_SIDE}/(Conv|Conv0_up|Conv1|ToRGB)/mod_bias",
        lambda m: f"synthesis.b{m[1]}.{_layer(m[2])}.affine.bias",
        lambda a: a + 1,  # TensorFlow 1 adds it when the bias is used
    ),
)
# How far a progressively grown network has grown: StyleGAN2 stores it and grows none.
_GROWTH = "lod"
_OF_D = {"FromRGB": "fromrgb", "Conv0": "conv0", "Conv1_down": "conv1", "Skip": "skip",
         "Conv": "conv"}  # fmt: skip
_DISCRIMINATOR = (
    (r"LabelEmbed/weight", lambda m: "mapping.embed.weight", np.transpose),
    (r"LabelEmbed/bias", lambda m: "mapping.embed.bias", np.asarray),
    (r"Mapping(\d+)/weight", lambda m: f"mapping.fc{m[1]}.weight", np.transpose),
    (r"Mapping(\d+)/bias", lambda m: f"mapping.fc{m[1]}.bias", np.asarray),
    (
        rf"{_SIDE}/(FromRGB|Conv0|Conv1_down|Skip|Conv)/weight",
        lambda m: f"b{m[1]}.{_OF_D[m[2]]}.weight",
        _conv,
    ),
    (
        rf"{_SIDE}/(FromRGB|Conv0|Conv1_down|Conv)/bias",
        lambda m: f"b{m[1]}.{_OF_D[m[2]]}.bias",
        np.asarray,
    ),
    (r"4x4/Dense0/weight", lambda m: "b4.fc.weight", np.transpose),
    (r"4x4/Dense0/bias", lambda m: "b4.fc.bias", np.asarray),
    (r"Output/weight", lambda m: "b4.out.weight", np.transpose),
    (r"Output/bias", lambda m: "b4.out.bias", np.asarray),
)


def to_pytorch(variables: dict[str, np.ndarray], is_generator: bool) -> dict[str, np.ndarray]:
    """Variables of TensorFlow 1 under PyTorch's names, in PyTorch's layouts.

    Raises:
        Refused: one has a name that no StyleGAN2 has.
    """
    rules = _GENERATOR if is_generator else _DISCRIMINATOR
    found = {}
    for name, value in variables.items():
        if is_generator and name == _GROWTH:
            continue
        for pattern, rename, convert in rules:
            match = re.fullmatch(pattern, name)
            if match:
                found[rename(match)] = convert(value)
                break
        else:
            raise Refused(f"the variable {name[:80]}, which StyleGAN2 does not have")
    return found


# (module, name) -> stand-in, for `pickles.load`.
KNOWN = {
    **pickles.KNOWN,
    ("dnnlib.tflib.network", "Network"): Network,
    ("dnnlib.util", "EasyDict"): named,
    ("dnnlib", "EasyDict"): named,
}
