"""Labels: classes, attributes, or both; imports nothing heavy, for programs.

A label is a class number where there are classes alone, and else a vector: first a number for each
class, one-hot or a mixture, then the attributes as they were given.
"""

import dataclasses
import math
from collections.abc import Mapping

from ada_tf.errors import UserError
from ada_tf.files import listed, printable

# Columns of label vectors. CelebA has 40 attributes; a class of ImageNet's thousand beside some fits.
MAX_VECTOR = 4096
# float32 tells larger numbers apart too coarsely for networks.
MAX_VALUE = 1e6
# Deviations that attributes are divided by; (MAX_VALUE / LEAST_DEVIATION)^2 is still a number of float32.
LEAST_DEVIATION, _MOST = 1e-9, 1e9
AS_IT_IS = (0.0, 1.0)  # scale of an attribute that networks take as it is


@dataclasses.dataclass(frozen=True)
class LabelSpace:
    """Meaning of the numbers of labels.

    Attributes:
        num_classes: 0 without classes.
        class_names: their names, or () if they have none.
        attributes: names of the attributes; their numbers come after those of the classes.
        ranges: (lowest, median, highest) of each attribute in the data, or () if not known.
        scales: (mean, deviation) by which networks standardise each attribute inside, (0, 1) for one
            that they take as it is; () if they take all so. Everywhere else labels are as given.
        shares: of each class in the data, or () if not known.
    """

    num_classes: int = 0
    class_names: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float, float], ...] = ()
    scales: tuple[tuple[float, float], ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def label_dim(self) -> int:
        """Width of the vectors that networks are given; 0 is unconditional."""
        return self.num_classes + len(self.attributes)

    @property
    def are_classes(self) -> bool:
        """True if a label is a class number."""
        return self.num_classes > 0 and not self.attributes

    def vector(self, classes: Mapping[int, float], attributes: Mapping[str, float]) -> tuple:
        """Return the numbers of one label.

        Args:
            classes: number -> share; the others have none.
            attributes: name -> value; the others have the median of the data, or 0 where it is not
                known.

        Returns:
            `label_dim` floats.

        Raises:
            UserError: there is no such attribute, or its value is no number that labels may hold.
        """
        for name, value in attributes.items():
            if name not in self.attributes:
                known = f"one of {listed(self.attributes)}" if self.attributes else "left out"
                raise UserError(f"label={printable(name)[:80]!r} must be {known}.")
            if not abs(value) <= MAX_VALUE:  # NaN is not
                raise UserError(
                    f"label={printable(name)[:80]}:{value:g} must be a number of {-MAX_VALUE:g} to"
                    f" {MAX_VALUE:g}."
                )
        usual = [median for _, median, _ in self.ranges] or [0.0] * len(self.attributes)
        given = dict(zip(self.attributes, usual, strict=True)) | dict(attributes)
        shares = [float(classes.get(number, 0.0)) for number in range(self.num_classes)]
        return (*shares, *map(float, given.values()))

    def in_words(self) -> str:
        """Count classes and attributes in words: "10 classes, 3 attributes"."""
        return counted(self.num_classes, len(self.attributes))

    def problem(self) -> str | None:
        """Return why no data can have these labels; None if some can.

        Names and ranges may come from a stranger's file.
        """
        names, ranges = self.class_names, self.ranges
        if names and len(names) != self.num_classes:
            return f"are {len(names)} names of {self.num_classes} classes; must be a name for each"
        if len(set(self.attributes)) < len(self.attributes):
            return "have two attributes of one name; must be different"
        if self.attributes and self.label_dim > MAX_VECTOR:
            return f"are {self.label_dim} numbers wide; must be at most {MAX_VECTOR}"
        if ranges and len(ranges) != len(self.attributes):
            return f"are {len(ranges)} ranges of {len(self.attributes)} attributes; must be one for each"
        if not all(math.isfinite(end) for range_ in ranges for end in range_):
            return "have ranges that end nowhere; must be finite"
        if self.shares and len(self.shares) != self.num_classes:
            return f"have {len(self.shares)} shares of {self.num_classes} classes; must be one for each"
        if self.shares and not (
            all(share >= 0 for share in self.shares) and 0 < sum(self.shares) < math.inf
        ):
            return "have shares that nothing can be dealt out by; must be 0 or more, and not all 0"
        return scales_problem(self.scales, len(self.attributes))


NO_LABELS = LabelSpace()


def label_scales(num_classes: int, scales) -> tuple[tuple[float, float], ...] | None:
    """Return (mean, deviation) of each number of a label, classes first; None to take all as they are."""
    return (*[(0.0, 1.0)] * num_classes, *scales) if scales else None


def scales_problem(scales, num_attributes: int) -> str | None:
    """Return why no network can have these `LabelSpace.scales`; None if some can."""
    if scales and len(scales) != num_attributes:
        return f"have {len(scales)} scales of {num_attributes} attributes; must be one for each"
    # NaN is in no interval
    if not all(abs(mean) <= MAX_VALUE and LEAST_DEVIATION <= by <= _MOST for mean, by in scales):
        return (
            f"have scales that no number fits; must be means of {-MAX_VALUE:g} to {MAX_VALUE:g} and"
            f" deviations of {LEAST_DEVIATION:g} to {_MOST:g}"
        )
    return None


def counted(num_classes: int, num_attributes: int) -> str:
    """Classes and attributes in words; empty without either."""
    counts = ((num_classes, "class", "classes"), (num_attributes, "attribute", "attributes"))
    return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts if n)
