"""Flags about one trained generator, and what they open: networks, labels, latents.

Imports nothing heavy, as `_program`.
"""

import dataclasses
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ada_tf.cli import _values
from ada_tf.cli._flags import Flags, missing, option
from ada_tf.cli._marking import Marked
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.inference.label_arguments import asked_label
from ada_tf.label_space import LabelSpace
from ada_tf.models.config import TRUNCATIONS

AT_A_TIME = 1000  # seeds whose latents are made together
RUN = "runs/00000-photos-auto"
ACCEPTED = "a run directory, a checkpoint, a network folder, a .pkl, a .pt, an address or creatures"
_NOISES = ("const", "random", "none")
# Beyond, w lies far from all that training has seen. Below 0 it is the opposite of a picture, which
# arXiv 1812.04948 shows at -1 (figure 8).
_FAR = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfNetwork(Flags):
    """Flags of a program that opens networks."""

    TITLE = "Network"

    network: str = option(
        help="Run directory or checkpoint; --network= may be left out.",
        read=_values.network,
        positional="RUN",
        example=RUN,
    )

    def check(self) -> None:
        """Refuse paths that lead nowhere, before TensorFlow is loaded.

        Raises:
            UserError: naming the flag.
        """
        name = "network" if "network" in self.given else "RUN"
        _values.check_is_there(name, self.network, ACCEPTED)

    def open(self):
        """Open the networks, a `Trained`; fetches those of the web."""
        from ada_tf.inference.open_networks import open_trained

        return open_trained(_values.fetched(self.network))

    def load(self, trained):
        """Build and load the averaged generator of what `open` has found."""
        from ada_tf.inference.generate import generator_of

        return generator_of(trained)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfLabels(OfNetwork):
    """Flags about labels."""

    TITLE = "Labels"

    class_: str | None = option(
        None,
        "Class, for generators trained with --cond: name, number, or a mixture such as"
        " cat:0.5,dog:0.5. A text that is both is a name. Without --class and --label,"
        " ada-generate, ada-mix and ada-film draw labels by seed, as the data has them.",
        read=_values.text,
        flag="class",
    )
    label: str | None = option(
        None,
        "Attributes, for generators trained with them, such as smiling:1,age:0.3. The others keep the"
        " median of the data.",
        read=_values.text,
    )

    def label_of(self, space: LabelSpace, class_: str | None, attributes: str | None):
        """The label of a class and attributes.

        Returns:
            As `asked_label` gives it; None of a generator without labels.

        Raises:
            UserError: a conditional generator needs a label, or there is no such label.
        """
        if space.label_dim:
            return asked_label(space, class_, attributes)
        self._refuse_labels("this generator has no {}", class_, attributes)
        return None

    def labels_of(self, trained, seeds: Sequence[int]):
        """The label of all seeds, see `label_of`; None without seeds, and where it is drawn by seed.

        Raises:
            UserError: see `label_of`; or there are no seeds to have one.
        """
        if seeds and self.class_ is None and self.label is None:
            return None
        if seeds:
            return self.label_of(trained.label_space, self.class_, self.label)
        self._refuse_labels("latents of files hold their label", self.class_, self.label)
        return None

    def _refuse_labels(self, why: str, class_: str | None, attributes: str | None) -> None:
        """Refuse labels that would change nothing, as `ada_tf.generate` does."""
        for flag, given, what in (("class", class_, "classes"), ("label", attributes, "labels")):
            if given is not None:
                raise UserError(f"{flag}={printable(given)}: {why.format(what)}; leave it out.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfImages(OfLabels, Marked):
    """Flags about images that a generator makes."""

    TITLE = "Generator"

    trunc: float = option(
        1.0,
        "Truncation psi: towards 0 images get likelier and more alike, 1 truncates nothing; below 0"
        " are the opposites of images.",
    )
    trunc_towards: str = option(
        TRUNCATIONS[0],
        "Mean that truncation pulls towards: of the class, or of all classes, as in published"
        " galleries.",
        choices=TRUNCATIONS,
    )
    noise_mode: str = option(
        _NOISES[0], "Noise: the same in all images, their own, or none.", choices=_NOISES
    )
    batch: int = option(16, "Images at a time.", at_least=1)

    @property
    def pictures_in_frame(self) -> int:
        """Number of pictures in one that is held in memory whole; grids of pictures are not."""
        return 1

    def check(self):
        """See `OfNetwork.check`; warns of images that will be noise."""
        super().check()
        if abs(self.trunc) > _FAR:
            print(
                f"warning: trunc={self.trunc:g} is far from what was trained; beyond {-_FAR} to {_FAR}"
                " images turn to noise.",
                file=sys.stderr,
            )

    def seeds_to_ws(self, generator, seeds: Sequence[int], labels):
        """Intermediate latents of seeds, truncated, float32 [N, num_ws, w_dim]."""
        from ada_tf.inference.generate import map_latents

        return map_latents(
            generator,
            seeds=seeds,
            labels=labels,
            truncation_psi=self.trunc,
            truncation=self.trunc_towards,
        )

    def latents_of(
        self,
        generator,
        seeds: Sequence[int],
        labels,
        files: Sequence[pathlib.Path],
        *,
        flag="ws",
        edit,
    ) -> "Latents":
        """Intermediate latents of seeds, truncated, and then those of files.

        Args:
            generator: a LatentGenerator.
            seeds: may be none if there are files.
            labels: of the seeds, see `generate`.
            files: of latents.
            flag: the one that gives them, for messages.
            edit: what is done to all of them, see `_directions.Steered.edit_of`.

        Raises:
            UserError: a file cannot be used, or there are two latents of a name.
        """
        from ada_tf.inference.drawn_labels import labels_if_drawn
        from ada_tf.inference.generate import for_each

        names, opened = [seed_name(seed) for seed in seeds], list(latents_in(files, generator))
        taken = set(names)
        for stem, ws in opened:
            for name in (f"{stem}{number:02d}" for number in range(len(ws))):
                if name in taken:
                    raise UserError(
                        f"{flag}={printable(','.join(map(str, files)))!r} gives two images the name"
                        f" {printable(name)}; rename a file."
                    )
                taken.add(name)
                names.append(name)
        if labels is None:
            labels = labels_if_drawn(generator, seeds)
        labels = for_each(labels, len(seeds), generator.c_dim) if seeds else None

        def latents():
            for start in range(0, len(seeds), AT_A_TIME):
                part = slice(start, start + AT_A_TIME)
                of_part = None if labels is None else labels[part]
                yield from edit(self.seeds_to_ws(generator, seeds[part], of_part))
            for _, ws in opened:
                yield from edit(ws)

        return Latents(latents(), names)


class Latents(NamedTuple):
    """Latents to show.

    Attributes:
        ws: iterator of float32 [num_ws, w_dim], made as they are taken, however many there are.
        names: of each, such as "seed0004" or, of the first in projected_w.npz, "projected_w00".
    """

    ws: Iterator
    names: list[str]


def seed_name(seed: int) -> str:
    """Name of the image of a seed."""
    return f"seed{seed:04d}"


def latents_in(files: Sequence[pathlib.Path], generator) -> Iterator:
    """(name without its ending, float32 [N, num_ws, w_dim]) of each file."""
    from ada_tf.inference.latents import read_ws

    for path in files:
        yield path.stem, read_ws(path, generator)


def require_seeds(flags, name: str, instead: str) -> None:
    """Refuse flags that give neither seeds nor latents.

    Args:
        flags: of a program.
        name: flag of the seeds.
        instead: flag of the latents.

    Raises:
        UserError: both are empty.
    """
    if not getattr(flags, name) and not getattr(flags, instead):
        raise missing(name, "0-15")
