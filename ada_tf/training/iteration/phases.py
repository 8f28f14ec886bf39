"""What one replica computes in a phase: gradients and statistics, no state changes."""

from typing import NamedTuple

import tensorflow as tf

from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.inputs import Inputs, Networks
from ada_tf.training.iteration.table import Phase, active_terms


class Output(NamedTuple):
    """Result of a phase.

    Attributes:
        gradients: of the phase's network, zeros where there is no path to the loss.
        stats: name -> [count, sum, sum of squares].
        averages: name -> new value of a running mean; "w_avg" -> that of this batch alone, [w_dim].
        logits: "real", "fake" -> what the discriminator said.
    """

    gradients: list
    stats: dict
    averages: dict
    logits: dict


def compute(phase: Phase, networks: Networks, loss: LossConfig, images, labels, seed) -> Output:
    """Run a phase on a batch.

    Args:
        phase: a row of the table.
        networks: what it computes with.
        loss: weights and intervals.
        images: the reals, float32 [N, H, W, C] in [-1, 1].
        labels: theirs, one-hot [N, c_dim], or None.
        seed: int32 [2], of all draws.
    """
    terms = active_terms(phase, loss)
    needs = {name for term in terms for name in term.needs}
    count = max(images.shape[0] // phase.shrink(loss), 1)
    stats, averages, total = {}, {}, 0.0
    with tf.GradientTape() as tape:
        inputs = Inputs(networks, loss, phase.network, needs, images, labels, count, seed)
        for term in terms:
            values, new = evaluate(term, inputs, loss)
            averages |= new
            if term.report is not None:
                stats[f"Loss/{term.report}"] = moments(values)
            total = total + values * term.weight(loss)
        stats[f"Loss/{phase.total}"] = moments(total)
        mean = tf.reduce_mean(total) * phase.every(loss)
    gradients = gradients_of(tape, mean, getattr(networks, phase.network))
    for kind, logits in inputs.logits_so_far.items():
        stats[f"Loss/scores/{kind}"] = moments(logits)
        stats[f"Loss/signs/{kind}"] = moments(tf.sign(logits))
    if "w" in vars(inputs):  # a loss asked for it
        averages["w_avg"] = tf.reduce_mean(inputs.w, axis=0)
    return Output(gradients, stats, averages, inputs.logits_so_far)


def evaluate(term, inputs: Inputs, loss: LossConfig) -> tuple[tf.Tensor, dict]:
    """Values of a term, one an image, and new values of its running means by name."""
    settings = {name: getattr(loss, name) for name in term.settings}
    result = term.function(*(inputs[name] for name in term.needs), **settings)
    values, *new = result if term.means else (result,)
    return per_image(values), dict(zip(term.means, new, strict=True))


def per_image(values):
    """Means over all but the first axis: [N, ...] -> [N]; a scalar stays."""
    return tf.reduce_mean(values, axis=list(range(1, values.shape.rank)))


def moments(x):
    """[count, sum, sum of squares]: enough for mean and deviation, and adds up over batches."""
    x = tf.cast(x, tf.float32)
    return tf.stack(
        [tf.cast(tf.size(x), tf.float32), tf.reduce_sum(x), tf.reduce_sum(tf.square(x))]
    )


def gradients_of(tape, loss, network) -> list:
    """Gradients of the trainable weights; explicit zeros let Adam's second moment decay."""
    variables = [v.value for v in network.trainable_variables]
    gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [tf.cast(g, tf.float32) for g in gradients]
