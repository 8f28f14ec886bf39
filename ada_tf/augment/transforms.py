"""The table of transforms, in the order in which they are applied."""

from ada_tf.augment import color, diffaugment, filtering, geometry, noise
from ada_tf.augment.transform_row import Transform
from ada_tf.errors import UserError
from ada_tf.registry import Registry

# Name -> row; stages are applied in this order.
TRANSFORMS: Registry[Transform] = Registry("transform")
# Setting of a policy -> its value in a policy that does not name it.
DEFAULTS: dict[str, float | tuple] = {}


def add_transform(row: Transform) -> Transform:
    """Add a transform to the table, after all others.

    Its multiplier and its strengths become settings of `AugmentPolicy`. No draw of another transform
    changes.

    Args:
        row: see `ada_tf.augment.Transform`.

    Returns:
        The row.

    Raises:
        UserError: its name, one of its parameters or one of its strengths is taken.
    """
    taken = {key for other in TRANSFORMS.values() for key in other.parameters}
    for key in row.parameters:
        if key in taken:
            raise UserError(f"the parameter {key!r} of the transform {row.name!r} is taken.")
    for key, default in row.settings.items():
        if DEFAULTS.get(key, default) != default:
            raise UserError(
                f"the setting {key!r} of the transform {row.name!r} is taken, with the default "
                f"{DEFAULTS[key]}."
            )
    TRANSFORMS.add(row.name, row)
    DEFAULTS.update(row.settings)
    return row


for _room in (geometry, color, diffaugment, filtering, noise):
    for _row in _room.TRANSFORMS:
        add_transform(_row)
