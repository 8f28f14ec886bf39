"""Trained networks without the run that made them: a folder that anybody can send to anybody.

network.json says what the networks are, where they come from and under which licence; README.md says
the same to people. weights.npz holds their numbers under the names that they have in PyTorch, with
G_ema., G. or D. before them.
"""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping

import numpy as np

from ada_tf import formats
from ada_tf.channels import BITS, in_words
from ada_tf.errors import UserError
from ada_tf.files import printable, quoted, read_json, reading
from ada_tf.interop.export import card
from ada_tf.interop.export.card import Facts
from ada_tf.interop.export.folders import check_network
from ada_tf.interop.new_folder import FolderKind, new_folder
from ada_tf.label_space import LabelSpace, counted
from ada_tf.models.config import Architecture
from ada_tf.models.families import DEFAULT
from ada_tf.models.names import assign_weights
from ada_tf.npz_file import read_arrays
from ada_tf.settings import from_dict, renamable, setting, to_dict

FILE, WEIGHTS = "network.json", "weights.npz"
# Group -> what stands before its names.
GROUPS = {"generator_ema": "G_ema", "generator": "G", "discriminator": "D"}
# Which group stands in for one that is not there.
_INSTEAD = {"generator_ema": "generator", "generator": "generator_ema"}
_MAX_JSON = 2**22


@renamable
@dataclasses.dataclass(frozen=True, kw_only=True)
class About:
    """Name, origin and licence of networks."""

    name: str = setting(help="What they are called.")
    origin: str = setting("", "The file or the command that they come from.")
    sha256: str = setting("", "Of that file.")
    licence: str = setting("", "Under which they may be used.")
    data_licence: str = setting("", "Of the pictures that they learnt from.")
    images: int | None = setting(None, "How many those were, as far as it is known.", at_least=0)
    bits: int = setting(8, "Of the numbers of the pictures that they learnt from.", choices=BITS)
    kimg: float | None = setting(None, "How long they were trained, as far as it is known.")
    class_names: tuple[str, ...] = setting((), "Of a conditional generator.")
    attributes: tuple[str, ...] = setting((), "Names, after the classes in its labels.")
    attribute_ranges: tuple[tuple[float, float, float], ...] = setting(
        (), "Lowest, median and highest value of each attribute, where it was trained."
    )
    class_shares: tuple[float, ...] = setting(
        (), "Of the pictures of each class, where it was trained."
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """Trained networks.

    Attributes:
        architecture: of all of them.
        weights: group of `GROUPS` -> published name -> array.
        about: where they come from.
        path: of the folder that they were read from.
        left_out: why the discriminator of their file is not among them, if it has one.
    """

    architecture: Architecture
    weights: Mapping[str, Mapping[str, np.ndarray]]
    about: About
    path: pathlib.Path | None = None
    left_out: str = ""

    @property
    def label_space(self) -> LabelSpace:
        """Meaning of the labels; attributes without a name are called by their number."""
        about, of = self.about, self.architecture
        names = about.attributes or tuple(map(str, range(of.num_attributes)))
        return LabelSpace(
            of.num_classes,
            about.class_names,
            names,
            about.attribute_ranges,
            of.attribute_scales,
            about.class_shares,
        )

    def restore(self, **networks) -> None:
        """Load weights into built networks, by group; the average stands in for its generator.

        Raises:
            UserError: there are none of a group, or they do not fit.
        """
        for group, network in networks.items():
            if not self.has(group):
                raise UserError(f"{self._shown} holds no {group.replace('_ema', '')}.")
            try:
                assign_weights(network, self._found(group))
            except UserError as error:
                raise UserError(f"{self._shown} does not fit: {error}") from error

    def has(self, group: str) -> bool:
        """Return True if networks of a group can be restored."""
        return bool(self._found(group))

    def _found(self, group: str):
        return self.weights.get(group) or self.weights.get(_INSTEAD.get(group))

    def count(self, group: str) -> int:
        """Count the numbers of a group."""
        return sum(array.size for array in self.weights.get(group, {}).values())

    @property
    def _shown(self) -> str:
        return printable(self.about.name if self.path is None else self.path)


def describe(architecture: Architecture) -> str:
    """Describe networks in a few words."""
    shape = architecture.shape
    labels = counted(architecture.num_classes, architecture.num_attributes)
    labels = f", {labels}" if labels else ""
    return f"StyleGAN2 of {shape.width}x{shape.height} {in_words(shape.channels)} images{labels}"


def check_family(architecture: Architecture, named) -> None:
    """Refuse networks whose layers have no published names, which weights.npz needs.

    Args:
        architecture: of the networks.
        named: what they are called, for messages.

    Raises:
        UserError: they are of another family.
    """
    for family in (architecture.network.generator, architecture.network.discriminator):
        if family != DEFAULT:
            raise UserError(
                f"{printable(named)} is of the family {quoted(family)}; a network folder can hold"
                f" {DEFAULT} alone."
            )


def is_one(folder) -> bool:
    """Return True for the path of a network folder."""
    return os.path.isfile(os.path.join(folder, FILE))  # of no path at all, too


def read(folder) -> Network:
    """Read a folder that may be a stranger's.

    Raises:
        OtherFormat: another version of ada_tf has written it.
        UserError: it is damaged, none, or of another family than StyleGAN2.
    """
    folder = pathlib.Path(folder)
    path = folder / FILE
    with reading(path, "a network", "give a folder that ada-import has written"):
        values = formats.current(formats.NETWORK, read_json(path, _MAX_JSON), path)
        try:
            architecture = from_dict(Architecture, values.get("architecture"))
            about = from_dict(About, values.get("about"))
        except UserError as error:
            raise UserError(
                f"{printable(path)} describes no network of this version of ada_tf: {error}"
            ) from error
    check_family(architecture, folder)
    network = Network(architecture, {}, about, folder)
    problem = network.label_space.problem()
    if len(network.label_space.attributes) != architecture.num_attributes:
        problem = f"have {len(about.attributes)} names of {architecture.num_attributes} attributes; must be one for each"
    if problem is not None:
        raise UserError(f"{printable(path)} cannot be a network: its labels {problem}.")
    weights, prefixes = {}, {prefix: group for group, prefix in GROUPS.items()}
    for key, array in read_arrays(folder / WEIGHTS).items():
        prefix, _, name = key.partition(".")
        if prefix not in prefixes or array.dtype.kind != "f":
            raise UserError(
                f"{printable(folder / WEIGHTS)} holds {printable(key)[:80]} ({array.dtype}), where only"
                f" floats named {', '.join(f'{p}.NAME' for p in prefixes)} belong."
            )
        weights.setdefault(prefixes[prefix], {})[name] = _cast(array, np.float32)
    return dataclasses.replace(network, weights=weights)


def write(
    network: Network, folder, dtype=np.float32, facts: Facts | None = None, grid=None
) -> pathlib.Path:
    """Write networks to a new folder, which appears only when it is complete.

    Args:
        network: what to write.
        folder: a new or empty one.
        dtype: float16 halves the file; images then differ by less than a grey level.
        facts: what its README.md tells; None is what the networks carry.
        grid: images for it to show, see `model_card.write`.

    Raises:
        UserError: the folder is not empty, or cannot be written; a weight is no number of `dtype`; or
            the networks are of another family than StyleGAN2.
    """
    check_family(network.architecture, network._shown)
    check_network(folder)
    folder = pathlib.Path(folder)
    arrays = {
        f"{GROUPS[group]}.{name}": _cast(array, dtype)
        for group, named in network.weights.items()
        for name, array in named.items()
    }
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise UserError(
                f"{network._shown} cannot be written in {array.dtype}: {name} holds NaN, infinity or"
                " larger numbers."
            )
    values = {"architecture": to_dict(network.architecture), "about": to_dict(network.about)}
    with new_folder(folder, False, FolderKind("a network", FILE)) as work:
        np.savez_compressed(work / WEIGHTS, **arrays)
        text = json.dumps(formats.stamped(formats.NETWORK, values), indent=2)
        (work / FILE).write_text(text + "\n", encoding="utf-8")
        facts = dataclasses.replace(facts or _facts_of(network), holds=_held(network))
        form = "network" if "discriminator" in network.weights else "keras"
        card.write(work, facts, form, grid)
    return folder


def _cast(array, dtype) -> np.ndarray:
    """Numbers as those of another type; what that cannot hold is infinite."""
    with np.errstate(all="ignore"):
        return np.asarray(array, dtype)


def _facts_of(network: Network) -> Facts:
    """Return the facts for the card of networks that come without a run."""
    about = network.about
    known = ("name", "origin", "sha256", "licence", "data_licence", "images", "kimg")
    return Facts(
        architecture=network.architecture,
        space=network.label_space,
        **{name: getattr(about, name) for name in known},
    )


def _held(network: Network) -> str:
    """Groups in words."""
    words = {"generator_ema": "generator (average)"}
    return ", ".join(words.get(group, group) for group in network.weights)
