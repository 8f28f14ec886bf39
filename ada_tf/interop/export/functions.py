"""Functions of a generator on tensors, under the names that every format has.

    images   z float32 [N, z_dim], truncation_psi [N] -> images float32 [N, H, W, C], nominally [-1, 1]
    mapping  z, truncation_psi                         -> ws float32 [N, num_ws, w_dim]
    synthesis  ws                                      -> images

Conditional generators take labels wherever there is z: `label`, class numbers int32 [N], or where
there are attributes `labels`, vectors float32 [N, label_dim]. Noise is constant.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.interop.export.export_formats import NAMES
from ada_tf.models import variables_by_name
from ada_tf.models.label_vectors import (
    by_label,
    label_means,
    label_vectors,
    latents_of_means,
    means_in_graph,
)
from ada_tf.ops import graph


class Function(NamedTuple):
    """A function of tensors and what it is traced for.

    Attributes:
        call: of tensors by name, to one tensor.
        inputs: name -> tf.TensorSpec of that name.
        output: name of the result.
    """

    call: Callable
    inputs: dict
    output: str

    def traced(self):
        """A concrete function of tensors by name to {output: tensor}, as SavedModels hold them."""

        def named(**inputs):
            return {self.output: self.call(**inputs)}

        return graph(named).get_concrete_function(**self.inputs)


def module_of(generator) -> tf.Module:
    """Return a module that holds the weights of a generator, for a SavedModel."""
    module = tf.Module()
    # Keras variables are not tracked by tf.Module, the TensorFlow variables inside of them are.
    module.weights = {
        name: variable.value for name, variable in variables_by_name(generator).items()
    }
    return module


def functions_of(
    generator,
    truncation: str = "class",
    attributes: bool = False,
    batch: int | None = None,
    standard: bool = True,
) -> dict[str, Function]:
    """The functions of a generator by name; see the top of this file.

    Args:
        generator: a LatentGenerator.
        truncation: what `truncation_psi` pulls toward, the mean of the "class" or the "global" one.
        attributes: labels are vectors, not class numbers.
        batch: N, or None for any.
        standard: use operators only that other runtimes have, too. With False a class that does not
            exist is told by an assertion, and random numbers are drawn where they are used.

    Raises:
        UserError: `truncation` is neither.
    """
    label, means_of = _labels(generator, attributes, by_label(generator, truncation), standard)
    specs = {
        "z": ([generator.z_dim], tf.float32),
        **label,
        "truncation_psi": ([], tf.float32),
    }
    inputs = _batched(specs, batch)
    ws = _batched({"ws": ([generator.num_ws, generator.w_dim], tf.float32)}, batch)
    known = _gathered if standard else _asserted

    def mapping(z, truncation_psi, **label):
        psi = tf.reshape(truncation_psi, [-1, 1, 1])  # one for all, or one for each
        if not label:
            return generator.map(z, None, psi)
        (labels,) = label.values()
        if labels.dtype.is_integer:
            labels = known(labels, generator.c_dim)
        vectors = label_vectors(labels, generator.c_dim)
        return generator.map(z, vectors, psi, mean=means_of(labels, truncation_psi))

    def synthesis(ws):
        return generator.synthesis(ws, noise_mode="const")

    def images(**inputs):
        return synthesis(mapping(**inputs))

    functions = (
        Function(images, inputs, "images"),
        Function(mapping, inputs, "ws"),
        Function(synthesis, ws, "images"),
    )
    return dict(zip(NAMES, functions, strict=True))


def _batched(specs: dict, batch: int | None) -> dict:
    """Specifications of rows as those of batches."""
    return {
        name: tf.TensorSpec([batch, *shape], dtype, name) for name, (shape, dtype) in specs.items()
    }


def _labels(generator, attributes: bool, toward_label: bool, standard: bool):
    """The input of labels, by name, and (labels, psi) -> what truncation pulls w toward, or None."""
    c_dim = generator.c_dim
    if not c_dim:
        return {}, lambda labels, psi: None
    spec = {"labels": ([c_dim], tf.float32)} if attributes else {"label": ([], tf.int32)}
    if not toward_label:
        return spec, lambda labels, psi: None
    if not attributes:
        # Arrays, not tensors: these would be captured, and stay inputs of a converted graph.
        means = label_means(generator, range(c_dim))  # [c_dim, w_dim]
        return spec, lambda labels, psi: tf.gather(means, labels)
    # Drawn here they are a constant of the graph, which needs no operator that draws.
    latents = latents_of_means(generator).numpy() if standard else None

    def means_of(vectors, psi):
        """Thousands of latents for each vector, which nobody waits for without truncation."""
        anything = tf.zeros([tf.shape(vectors)[0], generator.w_dim])
        return tf.cond(
            tf.reduce_all(psi == 1.0),
            lambda: anything,
            lambda: means_in_graph(generator, vectors, latents),
        )

    return spec, means_of


def _asserted(label, c_dim):
    """Class numbers that there are.

    Raises:
        InvalidArgumentError: when the graph runs, of others.
    """
    # tf.one_hot answers a class that does not exist with zeros, hence with an image of nothing.
    known = tf.reduce_all((label >= 0) & (label < c_dim))
    with tf.control_dependencies(
        [tf.debugging.Assert(known, [f"label must be class numbers of 0 to {c_dim - 1}:", label])]
    ):
        return tf.identity(label)


def _gathered(label, c_dim):
    """The same without an operator that runtimes lack: a table has no row of another class."""
    # In ONNX a negative number counts from the end.
    return tf.gather(tf.range(c_dim), tf.where(label < 0, c_dim, label))
