"""Families of networks: two tables that anybody may add to, and the settings that all families share.

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class DCGANSettings(ada_tf.NetworkSettings):
        width: int = setting(64, "Feature maps of the largest layer.", at_least=1)

    ada_tf.add_family(
        "dcgan",
        generator=Family(make_generator, settings=DCGANSettings),
        discriminator=Family(make_discriminator, settings=DCGANSettings),
    )

Then `ada-train --set network.generator=dcgan --set network.width=32` trains it. Nothing here imports
TensorFlow, so that settings are checked before it is loaded.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple

from ada_tf.errors import UserError
from ada_tf.registry import Registry
from ada_tf.settings import Named, SettingError, check, setting
from ada_tf.shape import Shape

COMPUTED = ("float32", "float16", "bfloat16")
_PRECISIONS = ("auto", *COMPUTED)
# Ways to connect the blocks of a network (arXiv 1912.04958, figure 7).
ARCHITECTURES = ("orig", "skip", "resnet")
# Far above what any memory holds: a configuration may come from a file of a stranger.
WIDTH, LAYERS = 2**16, 2**7
DEFAULT = "stylegan2"


class Family(NamedTuple):
    """A kind of generator or discriminator.

    Attributes:
        make: (settings, Shape, label_dim, name) -> network. A generator is a
            `ada_tf.models.LatentGenerator`, a discriminator a Keras model of (images, labels).
        fewest_weights: (settings, Shape, label_dim) -> a lower bound of its weights, so that a file
            that claims a huge network is refused before it is built; None builds any.
        work: (settings, Shape, label_dim) -> `ada_tf.models.sizes.Work` of a picture, for forecasts
            of time; None forecasts nothing.
        settings: class of `network`, a `NetworkSettings`; None goes with any, and takes those of
            StyleGAN2 beside another row without.
        formats: export formats that its generator has, such as ("savedmodel", "litert"); None is
            not known, and every format tries.
        scales_labels: `make` takes `label_scales`, the (mean, deviation) of each number of a label or
            None, by which its network standardises labels; else it gets labels as they are.
    """

    make: Callable
    fewest_weights: Callable | None = None
    work: Callable | None = None
    settings: type | None = None
    formats: tuple[str, ...] | None = None
    scales_labels: bool = False


GENERATORS: Registry[Family] = Registry("family of generators")
DISCRIMINATORS: Registry[Family] = Registry("family of discriminators")


def add_family(
    name: str, generator: Family | None = None, discriminator: Family | None = None
) -> None:
    """Register a family, for `--set network.generator=NAME` and `network.discriminator=NAME`.

    Args:
        name: letters, digits and _.
        generator: its row, if it has a generator.
        discriminator: its row, if it has a discriminator. Training takes it with the generator of
            the same name, unless another is given.

    Raises:
        UserError: the name is taken or malformed, there is no row, or `settings` is no frozen
            dataclass of `NetworkSettings`.
    """
    rows = ((GENERATORS, generator), (DISCRIMINATORS, discriminator))
    rows = [(table, row) for table, row in rows if row is not None]
    if not rows:
        raise UserError(f"the family {name!r} has no row; give generator= or discriminator=.")
    for _, row in rows:
        _check_settings_class(name, row.settings)
    # Both tables are asked before either changes: a refused family leaves nothing behind.
    taken = next((table for table, _ in rows if name in table), None)
    if taken is not None:
        raise UserError(f"there is a {taken.noun} {name!r} already; choose another name.")
    for table, row in rows:
        table.add(name, row)


def scales_labels(network: "NetworkSettings") -> bool:
    """Return True if both networks of these settings standardise labels."""
    rows = GENERATORS[network.generator], DISCRIMINATORS[network.discriminator]
    return all(row.scales_labels for row in rows)


def _check_settings_class(name: str, settings) -> None:
    if settings is None:
        return
    fits = isinstance(settings, type) and issubclass(settings, NetworkSettings)
    # A dataclass of its own has its own field list; a plain subclass would lose its new fields.
    if not fits or "__dataclass_fields__" not in vars(settings):
        raise UserError(
            f"settings={settings!r:.80} of the family {name!r} must be a frozen dataclass that derives"
            " from ada_tf.NetworkSettings."
        )


def settings_class(names: Mapping) -> type:
    """The class of `network` for a generator and a discriminator.

    Rows with classes of their own must agree: of two, one extends the other, and the larger one is
    taken. So a discriminator with settings of its own extends those of the generators it goes with.

    Args:
        names: "generator" and "discriminator" -> family; without one, it is `DEFAULT`.

    Raises:
        SettingError: a family is not known, or their settings do not go together.
    """
    rows = {}
    for part, table in (("generator", GENERATORS), ("discriminator", DISCRIMINATORS)):
        name = names.get(part, DEFAULT)
        if not isinstance(name, str) or name not in table:
            raise SettingError(Named(part, name), f" must be one of {table.choices}.")
        rows[part] = (name, table[name].settings)
    (generator, ours), (discriminator, theirs) = rows["generator"], rows["discriminator"]
    if ours is None or theirs is None:
        return ours or theirs or GENERATORS[DEFAULT].settings
    # The more special class has the fields of both.
    for one, other in ((ours, theirs), (theirs, ours)):
        if issubclass(one, other):
            return one
    raise SettingError(
        Named("discriminator", discriminator),
        f" has the settings {theirs.__name__}, which do not go with {ours.__name__} of ",
        Named("generator", generator),
        "; give both networks of one family.",
    )


def pair_with(names: Mapping) -> dict:
    """The discriminator that follows from a generator: that of the same name, if there is one.

    Args:
        names: "generator", "discriminator" -> family, as far as they are given.
    """
    family = names.get("generator")
    if isinstance(family, str) and family in DISCRIMINATORS and "discriminator" not in names:
        return {"discriminator": family}
    return {}


@dataclasses.dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """Settings of both networks that every family has; a family derives its own from it.

    Presets give values to fields that are called as those of `ada_tf.NetworkConfig`, such as
    `channel_base`; other fields need a default.

    Attributes:
        without_weights: fields that decide how weights are used, not which there are.
        of_labels: fields that decide weights of networks with labels alone.
    """

    without_weights: ClassVar[tuple[str, ...]] = ("precision",)
    of_labels: ClassVar[tuple[str, ...]] = ()

    generator: str = setting(DEFAULT, "Family of the generator.", choices=GENERATORS, names_run="")
    discriminator: str = setting(
        DEFAULT, "Family of the discriminator.", choices=DISCRIMINATORS, names_run=""
    )
    z_dim: int = setting(512, "Numbers of a latent z.", at_least=1, at_most=WIDTH)
    precision: str = setting(
        "auto",
        "Number format of the highest resolutions; auto is what this machine is fast in.",
        choices=_PRECISIONS,
        flag="precision",
        names_run="",
    )

    def __post_init__(self):
        check(self)
        # The class must fit the families that its own fields name.
        wanted = settings_class(vars(self))
        if not isinstance(self, wanted):
            raise SettingError(
                Named("generator", self.generator),
                f" has settings of the class {wanted.__name__}, not {type(self).__name__}.",
            )

    @classmethod
    def kind_of(cls, values: Mapping) -> type:
        """The class of settings for values of a file or of a user, as `settings_class`."""
        return settings_class(values)

    def check_shape(self, shape: Shape) -> None:
        """Refuse images that no network of these settings can be built for, by a SettingError."""

    def in_precision(self, precision: str) -> "NetworkSettings":
        """The same with a number format of `COMPUTED` instead of "auto"."""
        return dataclasses.replace(self, precision=precision)

    def in_float32(self) -> "NetworkSettings":
        """The same networks, computed in float32 alone."""
        return dataclasses.replace(self, precision="float32")

    @property
    def products(self) -> str:
        """Number format of most products, once "auto" is resolved."""
        return self.precision

    @property
    def batch_group(self) -> int | None:
        """Images that the discriminator compares; a part of a batch holds whole groups. None: all."""
        return 1
