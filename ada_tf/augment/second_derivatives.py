"""Discriminators that TensorFlow cannot differentiate twice, as gradient penalties (WGAN-GP, R1) do."""

import inspect

import tensorflow as tf

from ada_tf.augment.use import layers_within
from ada_tf.errors import UserError

# Resizing whose gradient cannot be differentiated. TensorFlow raises an error; for ResizeBilinear, in
# current versions, it goes on as if that part of the penalty were constant.
_RESIZING = {
    "ResizeBilinear",
    "ResizeBicubic",
    "ResizeArea",
    "ResizeNearestNeighbor",
    "ScaleAndTranslate",
}
# Even their first gradient is wrong: it is the inverse warp, not the adjoint.
_WARPING = {"ImageProjectiveTransformV2", "ImageProjectiveTransformV3"}

_REFUSAL = (
    "discriminator={name!r} contains {found}, whose second derivative is wrong in TensorFlow; "
    "enlarge by Conv2DTranspose or tf.repeat, reduce by AveragePooling2D or strided convolutions."
)


def check_discriminator(discriminator, *inputs):
    """Refuse a discriminator with which a gradient penalty (WGAN-GP, R1) would be silently wrong.

    In current TensorFlow the second derivative through bilinear resizing is missing without an
    error. The layers are searched, and, if the shapes of the inputs are known, the graph too.

    Args:
        discriminator: a Keras model or layer, a `tf.function`, or any callable on tensors.
        *inputs: tensors or `tf.TensorSpec`s to trace it with; may be left out for a Keras model
            that knows its inputs. Without, code inside a `call` method stays unseen.

    Raises:
        UserError: it resizes or warps images other than by convolution and pooling.
    """
    found = _resizing_layers(discriminator) or _resizing_ops(discriminator, inputs)
    if found:
        name = getattr(discriminator, "name", type(discriminator).__name__)
        raise UserError(_REFUSAL.format(name=name, found=", ".join(found)))


def _resizing_layers(discriminator) -> list[str]:
    keras = tf.keras.layers
    return [
        f"the layer {type(layer).__name__} {layer.name!r} ({layer.interpolation})"
        for layer in layers_within(discriminator)
        if (isinstance(layer, keras.UpSampling2D) and layer.interpolation != "nearest")
        or isinstance(layer, keras.Resizing)
    ]


def _known_inputs(discriminator) -> list:
    """Return a `tf.TensorSpec` for each input of a Keras model; none if it does not know."""
    known = getattr(discriminator, "inputs", None) or []
    # The batch may be of any size; 2 is one.
    return [tf.TensorSpec([d or 2 for d in x.shape], x.dtype) for x in known]


def _resizing_ops(discriminator, inputs) -> list[str]:
    """Find types of operations in its graph that are to be refused."""
    if inputs:
        specs = [
            x
            if isinstance(x, tf.TensorSpec)
            else tf.TensorSpec.from_tensor(tf.convert_to_tensor(x))
            for x in inputs
        ]
        call = discriminator
    else:
        specs = _known_inputs(discriminator)
        if not specs:
            return []

        def call(*x, **options):
            return discriminator(x[0] if len(x) == 1 else list(x), **options)

    body = getattr(discriminator, "call", discriminator)
    # Training graphs only: in inference, layers may take other operations.
    takes_training = "training" in inspect.signature(body).parameters
    # Functions of one's own need not know the argument.
    options = {"training": True} if takes_training else {}
    # Traced, never run: operations are names in a graph.
    traced = tf.function(lambda *x: call(*x, **options)).get_concrete_function(*specs)
    definition = traced.graph.as_graph_def()
    # Operations of the function itself and of all that it calls: conditionals, loops, Keras layers.
    types = {node.op for node in definition.node}
    for function in definition.library.function:
        types |= {node.op for node in function.node_def}
    return [f"the operation {name}" for name in sorted(types & (_RESIZING | _WARPING))]
