"""Creatures as pictures, drawn part by part from the ground to the mouth."""

import colorsys

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from ada_tf.data.creatures.attributes import Creature

# Outlines: closed curves as points, float [n, 2] of (x, y), y down, about the origin.

_POINTS = 48  # of a round outline


def ellipse(width: float, height: float | None = None, exponent: float = 2.0) -> np.ndarray:
    """|x / width|^e + |y / height|^e = 1: an ellipse for 2, nearly a rectangle for 4 and more."""
    x, y = _circle()
    power = 2 / exponent
    return np.stack(
        [
            width * np.sign(x) * np.abs(x) ** power,
            (width if height is None else height) * np.sign(y) * np.abs(y) ** power,
        ],
        axis=1,
    )


def body(kind: str) -> np.ndarray:
    """The outline of a body, within [-1, 1]."""
    return _BODIES[kind]()


def _cone(width: float, height: float, lean: float = 0.0) -> np.ndarray:
    """A horn that stands on the origin, bent towards `lean`."""
    t = np.linspace(0, 1, _POINTS // 4)[:, None]  # [n, 1], from the foot to the tip
    middle = np.concatenate([lean * t**2, -height * t], axis=1)
    half = np.concatenate([width * (1 - t), 0 * t], axis=1)
    return np.concatenate([middle - half, (middle + half)[::-1]])


def _tube(points: np.ndarray, width: float) -> np.ndarray:
    """A line of some width, round at its ends; the points must not turn back."""
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = width * np.stack([-along[:, 1], along[:, 0]], axis=1)
    angles = np.linspace(0, np.pi, _POINTS // 4)[1:-1, None]
    last = points[-1] + np.cos(angles) * side[-1] + np.sin(angles) * width * along[-1]
    first = points[0] - np.cos(angles) * side[0] - np.sin(angles) * width * along[0]
    return np.concatenate([points + side, last, (points - side)[::-1], first])


def _arc(width: float, height: float) -> np.ndarray:
    """The lower half of an ellipse as a line from left to right; the upper half if height < 0."""
    angles = np.linspace(np.pi, 0, _POINTS // 2)
    return np.stack([width * np.cos(angles), height * np.sin(angles)], axis=1)


def moved(points: np.ndarray, x: float, y: float, angle: float = 0.0) -> np.ndarray:
    """Turned clockwise about the origin by radians, then moved."""
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]]) + (x, y)


def _circle() -> tuple[np.ndarray, np.ndarray]:
    angles = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
    return np.cos(angles), np.sin(angles)


def _egg() -> np.ndarray:
    x, y = _circle()
    return np.stack([0.88 * x * (1 + 0.16 * y), y], axis=1)


def _pear() -> np.ndarray:
    x, y = _circle()
    return np.stack([x * (0.76 + 0.28 * y + 0.08 * y**2), y], axis=1)


def _ghost() -> np.ndarray:
    """A dome on straight sides, its hem in three waves."""
    dome = 0.86 * _arc(1, -1) + (0, -0.14)
    x = np.linspace(0.86, -0.86, _POINTS)
    hem = np.stack([x, 0.9 + 0.1 * np.cos(x / 0.86 * 3 * np.pi)], axis=1)
    return np.concatenate([dome, hem])


def _cloud() -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 2 * _POINTS, endpoint=False) + np.pi / 2
    radius = 0.84 + 0.12 * np.abs(np.sin(3.5 * angles))
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


_BODIES = {
    "ball": lambda: ellipse(0.95),
    "egg": _egg,
    "pear": _pear,
    "block": lambda: ellipse(0.84, 0.92, exponent=4.5),
    "ghost": _ghost,
    "cloud": _cloud,
}


# Canvas: filled outlines, antialiased by drawing larger and averaging.

_SUPERSAMPLING = 4  # per side: 17 levels of coverage at an edge
_HIDDEN = (0, 0, 0, 0)


def colour(hue: float, light: float, saturation: float) -> np.ndarray:
    """HLS, each of 0 to 1 (the hue goes round), as float [3] of 0 to 255."""
    light, saturation = np.clip([light, saturation], 0, 1)
    return 255 * np.array(colorsys.hls_to_rgb(hue % 1, light, saturation))


class _Canvas:
    """A picture in the making.

    (0, 0) is its centre and 1 half its shorter side; y goes down.

    Args:
        height, width: of the finished picture, pixels.
    """

    def __init__(self, height: int, width: int):
        self._finished = (width, height)
        size = (width * _SUPERSAMPLING, height * _SUPERSAMPLING)
        self._image = Image.new("RGBA", size, _HIDDEN)
        self._unit = min(size) / 2
        self._centre = np.array(size) / 2

    @property
    def corner(self) -> np.ndarray:
        """(x, y) of the lower right corner."""
        return self._centre / self._unit

    def paint(self, colour) -> None:
        """Fill the picture with a colour as `fill` takes it."""
        self._ink(colour, (0, 0, *self._image.size), None)

    def fill(self, outline: np.ndarray, colour, within: np.ndarray | None = None) -> None:
        """Fill an outline.

        Args:
            outline: [n, 2].
            colour: [3], 0 to 255, or a function of x [1, W] and y [H, 1] that gives [H, W, 3].
            within: an outline beyond which nothing is filled.
        """
        low = np.floor(self._pixels(outline).min(axis=0)).astype(int)
        high = np.ceil(self._pixels(outline).max(axis=0)).astype(int) + 1
        left, top = np.maximum(low, 0).tolist()
        right, bottom = np.minimum(high, self._image.size).tolist()
        if left < right and top < bottom:
            box = (left, top, right, bottom)
            mask = self._mask(outline, box)
            if within is not None:
                mask = ImageChops.multiply(mask, self._mask(within, box))
            self._ink(colour, box, mask)

    def finished(self, alpha: bool) -> np.ndarray:
        """uint8 [H, W, 3], or [H, W, 4] with alpha."""
        image = self._image.reduce(_SUPERSAMPLING)
        return np.asarray(image if alpha else image.convert("RGB"))

    def _ink(self, colour, box, mask) -> None:
        if callable(colour):
            left, top, right, bottom = box
            x = (np.arange(left, right)[None] + 0.5 - self._centre[0]) / self._unit
            y = (np.arange(top, bottom)[:, None] + 0.5 - self._centre[1]) / self._unit
            ink = Image.fromarray(_bytes(colour(x, y))).convert("RGBA")
        else:
            ink = (*_bytes(colour).tolist(), 255)
        self._image.paste(ink, box, mask)

    def _mask(self, outline: np.ndarray, box) -> Image.Image:
        """1 inside of an outline, of a box (left, top, right, bottom) of the picture."""
        left, top, right, bottom = box
        mask = Image.new("1", (right - left, bottom - top))
        corners = self._pixels(outline) - (left, top)
        ImageDraw.Draw(mask).polygon([*map(tuple, corners.tolist())], fill=1)
        return mask.convert("L")

    def _pixels(self, outline: np.ndarray) -> np.ndarray:
        return outline * self._unit + self._centre


def _bytes(colour: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(colour), 0, 255).astype(np.uint8)


# Name -> hue, lightness, saturation of a body.
PALETTE = {
    "red": (0.995, 0.58, 0.78),
    "orange": (0.075, 0.58, 0.9),
    "yellow": (0.138, 0.58, 0.92),
    "green": (0.33, 0.52, 0.5),
    "teal": (0.475, 0.48, 0.6),
    "blue": (0.59, 0.58, 0.75),
    "violet": (0.735, 0.62, 0.62),
    "pink": (0.905, 0.70, 0.78),
}
_WHITE, _INK = np.full(3, 255.0), np.array([48.0, 36.0, 58.0])
_TONGUE, _BLUSH = np.array([236.0, 104.0, 116.0]), np.array([250.0, 130.0, 140.0])


def draw(creature: Creature, height: int, width: int | None = None, alpha: bool = False):
    """Draw a creature.

    Args:
        creature: see `ada_tf.data.creatures.creature`.
        height: pixels.
        width: pixels; None is as wide as high.
        alpha: leave the ground out, and say where the creature is.

    Returns:
        uint8 [height, width, 3], or [height, width, 4] with alpha.
    """
    canvas = _Canvas(height, height if width is None else width)
    if not alpha:
        _ground(canvas, creature)
    figure = _Figure(canvas, creature)
    if not alpha:
        figure.shadow()
    figure.crown()
    figure.limbs()
    figure.body()
    figure.pattern()
    figure.cheeks()
    figure.eyes()
    figure.mouth()
    return canvas.finished(alpha)


def _ground(canvas: _Canvas, creature: Creature) -> None:
    hue = PALETTE[creature.ground_colour][0] + creature.ground_hue
    right, bottom = canvas.corner
    phase = creature.ground_phase
    if creature.ground == "night":
        above, below = colour(hue, 0.14, 0.45), colour(hue, 0.34, 0.45)
    else:
        above, below = colour(hue, 0.82, 0.7), colour(hue, 0.93, 0.7)

    def sky(x, y):
        part = (y + bottom) / (2 * bottom) + 0 * x
        return above + part[..., None] * (below - above)

    canvas.paint(sky)
    if creature.ground == "hills":
        for x, y, light in ((-0.6 + phase, 1.25, 0.7), (0.9 - phase, 1.5, 0.6)):
            canvas.fill(moved(ellipse(1.3 * right, 0.75), x * right, y), colour(hue, light, 0.5))
    elif creature.ground == "sun":
        place = ((1.5 * phase - 0.75) * right, -0.5 * bottom)
        canvas.fill(moved(ellipse(0.38), *place), colour(hue, 0.97, 0.9))
    elif creature.ground == "night":
        # Multiples of the plastic number spread evenly over a square, wherever they start.
        stars = (phase * np.array([7, 3]) + np.arange(14)[:, None] * (0.7549, 0.5698)) % 1
        for x, y in (2 * stars - 1) * (right, bottom):
            canvas.fill(moved(ellipse(0.035), x, y), colour(0.14, 0.9, 0.8))
    elif creature.ground == "rays":
        far, step = 2 * np.hypot(right, bottom), 2 * np.pi / 10
        for start in np.arange(10) * step + phase * step:
            ends = start + np.array([0, step / 2])
            ray = far * np.stack([np.cos(ends), np.sin(ends)], axis=1)
            canvas.fill(np.concatenate([[[0, 0.1]], ray]), colour(hue, 0.76, 0.65))


class _Figure:
    """A creature on its canvas; its parts are placed in the lengths of its body."""

    def __init__(self, canvas: _Canvas, creature: Creature):
        self._canvas, self._is = canvas, creature
        hue, light, saturation = PALETTE[creature.colour]
        self._hue, self._light = hue + creature.hue, light + creature.light
        self._saturation = saturation
        self._outline = self._placed(body(creature.body))
        self._eye_height = {"pear": -0.3, "egg": -0.2, "ghost": -0.3}.get(creature.body, -0.15)

    def _tone(self, lighter: float) -> np.ndarray:
        return colour(self._hue, self._light + lighter, self._saturation)

    def _placed(self, points, x=0.0, y=0.0, angle=0.0) -> np.ndarray:
        """An outline at a place of the body, on the canvas."""
        points = moved(points, x, y, angle) * (self._is.plump, 1)
        return moved(self._is.size * points, self._is.x, self._is.y, self._is.tilt)

    def _fill(self, points, colour, x=0.0, y=0.0, angle=0.0) -> None:
        self._canvas.fill(self._placed(points, x, y, angle), colour)

    def shadow(self) -> None:
        dark = colour(
            PALETTE[self._is.ground_colour][0] + self._is.ground_hue,
            0.1 if self._is.ground == "night" else 0.55,
            0.35,
        )
        below = self._is.y + self._is.size * 1.02
        shape = ellipse(0.85 * self._is.size * self._is.plump, 0.12)
        self._canvas.fill(moved(shape, self._is.x, below), dark)

    def crown(self) -> None:
        size = self._is.crown_size
        dark, pale = self._tone(-0.16), colour(self._hue + 0.08, 0.9, 0.6)
        if self._is.crown == "horns":
            for side in (-1, 1):
                self._fill(
                    _cone(0.17, 0.5 * size, side * 0.16), pale, side * 0.48, -0.7, side * 0.2
                )
        elif self._is.crown == "unicorn":
            self._fill(_cone(0.15, 0.66 * size), colour(0.14, 0.72, 0.9), 0, -0.84)
        elif self._is.crown == "antennae":
            for side in (-1, 1):
                stalk = np.array([[0, 0], [0.02, -0.15], [0.07, -0.3], [0.16, -0.44]])
                stalk = stalk * (side, 1) * size
                self._fill(_tube(stalk, 0.05), dark, side * 0.25, -0.8)
                x, y = stalk[-1]
                self._fill(ellipse(0.13), self._tone(0.18), side * 0.25 + x, -0.8 + y)
        elif self._is.crown == "ears":
            for side in (-1, 1):
                self._fill(ellipse(0.28 * size), self._tone(-0.06), side * 0.6, -0.72)
                self._fill(ellipse(0.15 * size), self._tone(0.2), side * 0.6, -0.72)
        elif self._is.crown == "bunny":
            for side in (-1, 1):
                place = (side * 0.36, -1.1, side * 0.22)
                self._fill(ellipse(0.17, 0.45 * size), self._tone(-0.04), *place)
                self._fill(ellipse(0.08, 0.32 * size), self._tone(0.22), *place)
        elif self._is.crown == "tuft":
            for angle in (-0.6, 0, 0.6):
                self._fill(_cone(0.13, 0.36 * size, 0.25 * angle), dark, 0.16 * angle, -0.84, angle)

    def limbs(self) -> None:
        dark = self._tone(-0.12)
        for side in (-1, 1):
            self._fill(ellipse(0.27, 0.17), dark, side * 0.4, 0.98)
        raised = {"down": (False, False), "up": (True, True), "wave": (False, True)}
        for side, up in zip((-1, 1), raised[self._is.arms], strict=True):
            end = np.array([0.44, -0.42] if up else [0.34, 0.4])
            bend = np.linspace(0, 1, 6)[:, None]
            arm = bend * end + bend * (1 - bend) * (0.25, 0.1 if up else -0.1)
            self._fill(_tube(arm * (side, 1), 0.12), dark, side * 0.74, 0.15)

    def body(self) -> None:
        light, middle, dark = self._tone(0.1), self._tone(0.0), self._tone(-0.14)
        size, x0, y0 = self._is.size, self._is.x, self._is.y

        def shaded(x, y):
            # As a ball lit from the upper left: -1 in the light, 1 in the shade.
            shade = np.clip(0.55 * (x - x0) / size + 0.75 * (y - y0) / size, -1, 1)[..., None]
            return middle + np.where(shade < 0, -shade * (light - middle), shade * (dark - middle))

        self._canvas.fill(self._outline, shaded)

    def pattern(self) -> None:
        phase = self._is.pattern_phase
        if self._is.pattern == "belly":
            self._inside(ellipse(0.55, 0.5), self._tone(0.2), 0, 0.62)
        elif self._is.pattern == "spots":
            for number in range(9):
                # Around the face, in the golden angle.
                angle, radius = 2.4 * number + 6.28 * phase, 0.62 + 0.05 * (number % 5)
                place = (radius * np.cos(angle), radius * np.sin(angle))
                self._inside(ellipse(0.1 + 0.03 * (number % 3)), self._tone(-0.16), *place)
        elif self._is.pattern == "stripes":
            for y in np.arange(-1.2, 1.2, 0.42) + 0.42 * phase:
                self._inside(ellipse(1.3, 0.09, exponent=3), self._tone(-0.13), 0, y)

    def _inside(self, points, colour, x, y) -> None:
        self._canvas.fill(self._placed(points, x, y), colour, within=self._outline)

    def cheeks(self) -> None:
        if self._is.cheeks:
            for side in (-1, 1):
                self._fill(ellipse(0.13, 0.09), _BLUSH, side * 0.55, self._eye_height + 0.36)

    def eyes(self) -> None:
        size = self._is.eye_size * {1: 0.34, 2: 0.25, 3: 0.2}[self._is.eyes]
        places = {1: (0,), 2: (-0.33, 0.33), 3: (-0.46, 0, 0.46)}[self._is.eyes]
        for place in places:
            y = self._eye_height - (0.1 if place == 0 and self._is.eyes == 3 else 0)
            self._eye(place, y, size)

    def _eye(self, x: float, y: float, size: float) -> None:
        if self._is.lids == "happy":
            self._fill(_tube(_arc(0.8 * size, -0.8 * size), 0.07), _INK, x, y + 0.3 * size)
            return
        self._fill(ellipse(size), _WHITE, x, y)
        pupil_x, pupil_y = 0.35 * size * self._is.gaze_x, 0.35 * size * self._is.gaze_y
        self._fill(ellipse(0.55 * size), _INK, x + pupil_x, y + pupil_y)
        self._fill(
            ellipse(0.18 * size), _WHITE, x + pupil_x - 0.2 * size, y + pupil_y - 0.22 * size
        )
        if self._is.lids == "sleepy":
            self._fill(_arc(1.08 * size, -1.08 * size), self._tone(-0.1), x, y + 0.02)

    def mouth(self) -> None:
        width, y = 0.3 * self._is.mouth_width, self._eye_height + 0.52
        if self._is.mouth == "smile":
            self._fill(_tube(_arc(width, 0.16), 0.05), _INK, 0, y - 0.06)
        elif self._is.mouth == "grin":
            self._fill(_arc(1.15 * width, 0.34), _INK, 0, y - 0.1)
            tongue = self._placed(ellipse(0.6 * width, 0.16), 0, y + 0.2)
            mouth = self._placed(_arc(1.15 * width, 0.34), 0, y - 0.1)
            self._canvas.fill(tongue, _TONGUE, within=mouth)
        elif self._is.mouth == "fangs":
            self._fill(
                _tube(np.array([[-width, 0], [0, 0.03], [width, 0]]), 0.05), _INK, 0, y - 0.03
            )
            for side in (-1, 1):
                self._fill(_cone(0.08, 0.2), _WHITE, side * 0.6 * width, y, np.pi)
        elif self._is.mouth == "round":
            self._fill(ellipse(0.5 * width, 0.17), _INK, 0, y)
            self._fill(ellipse(0.3 * width, 0.07), _TONGUE, 0, y + 0.08)
        else:
            self._fill(_tube(np.array([[-0.8 * width, 0], [0.8 * width, 0]]), 0.05), _INK, 0, y)
