"""Creatures as pictures, drawn part by part from the ground to the mouth."""

import numpy as np

from ada_tf.data.creatures import outlines
from ada_tf.data.creatures.attributes import Creature
from ada_tf.data.creatures.canvas import Canvas, colour
from ada_tf.data.creatures.outlines import arc, cone, ellipse, moved, tube

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
    canvas = Canvas(height, height if width is None else width)
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


def _ground(canvas: Canvas, creature: Creature) -> None:
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

    def __init__(self, canvas: Canvas, creature: Creature):
        self._canvas, self._is = canvas, creature
        hue, light, saturation = PALETTE[creature.colour]
        self._hue, self._light = hue + creature.hue, light + creature.light
        self._saturation = saturation
        self._outline = self._placed(outlines.body(creature.body))
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
                self._fill(cone(0.17, 0.5 * size, side * 0.16), pale, side * 0.48, -0.7, side * 0.2)
        elif self._is.crown == "unicorn":
            self._fill(cone(0.15, 0.66 * size), colour(0.14, 0.72, 0.9), 0, -0.84)
        elif self._is.crown == "antennae":
            for side in (-1, 1):
                stalk = np.array([[0, 0], [0.02, -0.15], [0.07, -0.3], [0.16, -0.44]])
                stalk = stalk * (side, 1) * size
                self._fill(tube(stalk, 0.05), dark, side * 0.25, -0.8)
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
                self._fill(cone(0.13, 0.36 * size, 0.25 * angle), dark, 0.16 * angle, -0.84, angle)

    def limbs(self) -> None:
        dark = self._tone(-0.12)
        for side in (-1, 1):
            self._fill(ellipse(0.27, 0.17), dark, side * 0.4, 0.98)
        raised = {"down": (False, False), "up": (True, True), "wave": (False, True)}
        for side, up in zip((-1, 1), raised[self._is.arms], strict=True):
            end = np.array([0.44, -0.42] if up else [0.34, 0.4])
            bend = np.linspace(0, 1, 6)[:, None]
            arm = bend * end + bend * (1 - bend) * (0.25, 0.1 if up else -0.1)
            self._fill(tube(arm * (side, 1), 0.12), dark, side * 0.74, 0.15)

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
            self._fill(tube(arc(0.8 * size, -0.8 * size), 0.07), _INK, x, y + 0.3 * size)
            return
        self._fill(ellipse(size), _WHITE, x, y)
        pupil_x, pupil_y = 0.35 * size * self._is.gaze_x, 0.35 * size * self._is.gaze_y
        self._fill(ellipse(0.55 * size), _INK, x + pupil_x, y + pupil_y)
        self._fill(
            ellipse(0.18 * size), _WHITE, x + pupil_x - 0.2 * size, y + pupil_y - 0.22 * size
        )
        if self._is.lids == "sleepy":
            self._fill(arc(1.08 * size, -1.08 * size), self._tone(-0.1), x, y + 0.02)

    def mouth(self) -> None:
        width, y = 0.3 * self._is.mouth_width, self._eye_height + 0.52
        if self._is.mouth == "smile":
            self._fill(tube(arc(width, 0.16), 0.05), _INK, 0, y - 0.06)
        elif self._is.mouth == "grin":
            self._fill(arc(1.15 * width, 0.34), _INK, 0, y - 0.1)
            tongue = self._placed(ellipse(0.6 * width, 0.16), 0, y + 0.2)
            mouth = self._placed(arc(1.15 * width, 0.34), 0, y - 0.1)
            self._canvas.fill(tongue, _TONGUE, within=mouth)
        elif self._is.mouth == "fangs":
            self._fill(
                tube(np.array([[-width, 0], [0, 0.03], [width, 0]]), 0.05), _INK, 0, y - 0.03
            )
            for side in (-1, 1):
                self._fill(cone(0.08, 0.2), _WHITE, side * 0.6 * width, y, np.pi)
        elif self._is.mouth == "round":
            self._fill(ellipse(0.5 * width, 0.17), _INK, 0, y)
            self._fill(ellipse(0.3 * width, 0.07), _TONGUE, 0, y + 0.08)
        else:
            self._fill(tube(np.array([[-0.8 * width, 0], [0.8 * width, 0]]), 0.05), _INK, 0, y)
