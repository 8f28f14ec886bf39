"""What this room's things are called outside of it; imports nothing, for programs."""

# Ways from picture to picture of a film, see `ada_tf.inference.paths`.
PATHS = ("spline", "straight", "slerp", "circle")
