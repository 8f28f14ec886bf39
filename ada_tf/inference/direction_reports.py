"""Reports beside a direction's file: NAME.png, a strip, and NAME.json, what it shows."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import listed, printable, write_text, writing
from ada_tf.images import as_shown, save_grid, to_uint8
from ada_tf.inference.directions import (
    FILE,
    Direction,
    check_name,
    read_directions,
    save_directions,
    steered,
)
from ada_tf.inference.find_directions import Found
from ada_tf.inference.generate import render
from ada_tf.marking import ANY, Mark

# Strips: pictures along a direction, and the largest change between its ends.

_PARTS = ("brightness", "colour", "layout", "detail")
_CELLS = 8  # along a side: what is larger is layout, what is smaller detail


@dataclasses.dataclass(frozen=True)
class Change:
    """Change from the first to the last picture of a row, as the mean of all rows.

    Attributes:
        levels: mean absolute change of a number of a pixel, of 255.
        parts: what it consists of, by name, shares of the squared change that add up to 1; see
            `change_of`. All 0 where nothing changes.
        place: the ninth of the picture that changes most, such as "top left" or "centre".
    """

    levels: float
    parts: dict[str, float]
    place: str

    def in_words(self) -> str:
        """Tell the change in words: "23 levels, most at the centre: colour 60%, layout 30%"."""
        shown = sorted(self.parts.items(), key=lambda part: -part[1])
        parts = ", ".join(f"{name} {share:.0%}" for name, share in shown if share >= 0.05)
        return f"{self.levels:.0f} levels, most at the {self.place}: {parts or 'nothing'}"


def strip_of(
    generator, direction: Direction, ws, amounts, noise_mode="const", batch=16
) -> np.ndarray:
    """Pictures along a direction, as they are shown.

    Args:
        generator: a LatentGenerator.
        direction: of it.
        ws: of the pictures, float [N, num_ws, w_dim].
        amounts: of the columns, see `steered`.
        noise_mode: see `generate`.
        batch: images at a time.

    Returns:
        uint8 [N, len(amounts), H, W, 1 or 3].

    Raises:
        UserError: they are not finite.
    """
    columns = [steered(ws, {"it": direction}, {"it": amount}) for amount in amounts]
    moved = np.stack(columns, axis=1)
    batches = render(generator, moved.reshape(-1, *moved.shape[2:]), noise_mode, batch=batch)
    shown = np.concatenate([as_shown(to_uint8(finite(images))) for images in batches])
    return shown.reshape(*moved.shape[:2], *shown.shape[1:])


def finite(images):
    """Images, if they are."""
    if not np.isfinite(images).all():
        raise UserError(
            "trunc and amount make images that are not finite; give numbers nearer to 1 and to 0."
        )
    return images


def change_of(strip: np.ndarray) -> Change:
    """Measure the change between the ends of a strip.

    The difference of two pictures is the sum of four orthogonal parts. Colour is what differs between the
    channels. Their mean has three parts: brightness of the whole picture, layout of 8 x 8 cells, and detail.

    Args:
        strip: uint8 [N, columns, H, W, channels], of `strip_of`.
    """
    squares, size = dict.fromkeys(_PARTS, 0.0), np.zeros(strip.shape[2:4])
    for row in strip:  # one at a time, for what large pictures take
        difference = row[-1].astype(np.float32) - row[0]  # [H, W, channels]
        size += np.abs(difference).mean(axis=2) / len(strip)
        grey = difference.mean(axis=2)
        cells = _cells(grey, _CELLS)
        colour, brightness = difference - grey[..., np.newaxis], grey.mean()
        for name, part in zip(
            _PARTS, (brightness, colour, cells - brightness, grey - cells), strict=True
        ):
            squares[name] += float(np.mean(np.square(part, dtype=np.float64)))
    total = sum(squares.values()) or 1.0
    return Change(
        levels=float(size.mean()),
        parts={name: square / total for name, square in squares.items()},
        place=_place(size),
    )


def with_map(strip: np.ndarray) -> np.ndarray:
    """A strip with one column more: where each row changes, white where the strip changes most.

    Args:
        strip: uint8 [N, columns, H, W, channels].

    Returns:
        uint8 [N, columns + 1, H, W, channels].
    """
    size = np.abs(strip[:, -1].astype(np.int16) - strip[:, 0]).mean(axis=3, keepdims=True)
    shown = np.rint(size * (255 / max(size.max(), 1))).astype(np.uint8)
    shown = np.broadcast_to(shown, strip[:, 0].shape)
    return np.concatenate([strip, shown[:, np.newaxis]], axis=1)


def _cells(image: np.ndarray, count: int) -> np.ndarray:
    """[H, W] with the mean of its cell in every pixel, `count` cells a side, or as many as pixels."""
    for axis in (0, 1):
        side = image.shape[axis]
        cells = min(count, side)
        starts = -(-np.arange(cells) * side // cells)
        lengths = np.diff([*starts, side])
        sums = np.add.reduceat(image, starts, axis=axis)
        means = sums / (lengths[:, np.newaxis] if axis == 0 else lengths)
        image = np.repeat(means, lengths, axis=axis)
    return image


def _place(size: np.ndarray) -> str:
    """The ninth of [H, W] that is largest on average, in words."""
    rows = [np.array_split(third, 3, axis=1) for third in np.array_split(size, 3, axis=0)]
    means = [cell.mean() for row in rows for cell in row]
    row, column = divmod(int(np.argmax(means)), 3)
    vertical, horizontal = ("top", "", "bottom")[row], ("left", "", "right")[column]
    return f"{vertical} {horizontal}".strip() or "centre"


_ENDINGS = ("png", "json")


def write_report(
    folder: pathlib.Path, name: str, found: Found, strip: np.ndarray, mark: Mark | None = ANY
) -> str:
    """Write both files of a direction, which are replaced.

    Args:
        folder: where.
        name: of the direction.
        found: itself.
        strip: uint8 [N, columns, H, W, channels], of `strip_of`.
        mark: what the picture says of itself; None says nothing.

    Returns:
        The same in words.

    Raises:
        UserError: they cannot be written.
    """
    change, shown = change_of(strip), with_map(strip)
    numbers = {
        "method": found.method,
        "score": found.score,
        "error": found.error,
        "layers": np.flatnonzero(found.direction.layers).tolist(),
        "deviation": found.direction.deviation,
        "change": dataclasses.asdict(change),
    }
    picture, text = (folder / f"{name}.{ending}" for ending in _ENDINGS)
    with writing(picture):
        save_grid(shown.reshape(-1, *shown.shape[2:]), picture, shown.shape[1], mark)
    with writing(text):
        write_text(text, json.dumps(numbers, indent=2) + "\n")
    return f"{change.in_words()} ({found.in_words()})"


def rename_directions(folder, names: Mapping[str, str]) -> None:
    """Give directions of a folder of ada-directions other names, and their reports with them.

    Args:
        folder: the folder.
        names: old name -> new name.

    Raises:
        UserError: there is no such direction, or a new name is none or is taken.
    """
    folder = pathlib.Path(folder)
    directions = read_directions(folder / FILE)
    taken = set(directions)
    for old, new in names.items():
        if old not in directions:
            raise UserError(
                f"rename={printable(old)[:80]} must be one of {listed(tuple(directions))}."
            )
        check_name("rename", new)
        reports = [folder / f"{new}.{ending}" for ending in _ENDINGS]
        if new in taken or any(map(os.path.lexists, reports)):
            raise UserError(
                f"rename={old}:{new}: {printable(folder)} already holds {new}; choose another name."
            )
        taken.add(new)
    save_directions(folder / FILE, {names.get(name, name): one for name, one in directions.items()})
    for old, new in names.items():
        for ending in _ENDINGS:
            path = folder / f"{old}.{ending}"
            if os.path.lexists(path):
                with writing(path):
                    path.replace(folder / f"{new}.{ending}")
