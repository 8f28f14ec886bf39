"""A number and how sure it is."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a metric finds on a sample of images.

    Attributes:
        value: the number.
        error: its standard error, one sigma: how far the number would spread over other samples of
            as many images, of both sides where both are samples. None where it is not known.
    """

    value: float
    error: float | None = None
