"""What this room's things are called outside of it; imports nothing, for programs."""

# Ways from picture to picture of a film, see `ada_tf.inference.closed_paths`.
PATHS = ("spline", "straight", "slerp", "circle")
# Where a latent is looked for, see `ada_tf.inference.projection.ProjectionConfig`.
SPACES = ("w", "w+")
# The networks of a blend, see `ada_tf.inference.blend`.
SIDES = ("low", "high")
# Folder of the self-check among projections, see `ada_tf.cli.project`.
SELF_CHECK = "self_check"
