"""Whether the weights of a generator, which may come from a stranger, can be used."""

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.models import variables_by_name


def check_finite(generator, name: str) -> None:
    """Refuse weights that make every image black.

    Args:
        generator: built and loaded.
        name: of what it was loaded from.

    Raises:
        UserError: naming it and the first tensor that holds NaN or infinity.
    """
    for part, variable in variables_by_name(generator).items():
        if not np.isfinite(tf.convert_to_tensor(variable).numpy()).all():
            raise UserError(
                f"{printable(name)} holds NaN or infinity in {part} of the generator;"
                " give an older checkpoint of the run."
            )
