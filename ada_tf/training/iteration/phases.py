"""Gradients and statistics of a phase on one part of the batch: a pure function, no state changes."""

from typing import NamedTuple

import tensorflow as tf

from ada_tf.settings import get, with_values
from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.inputs import Inputs, Networks
from ada_tf.training.iteration.stats import moments
from ada_tf.training.iteration.table import Phase, active_terms


class Output(NamedTuple):
    """Result of a phase.

    Attributes:
        gradients: of the phase's network, zeros where there is no path to the loss.
        stats: name -> [count, sum, sum of squares].
        averages: name -> new value of a running mean; "w_avg" -> mean w of this batch, [w_dim].
        logits: "real", "fake" -> logits of the discriminator, as far as a loss asked for them.
    """

    gradients: list
    stats: dict
    averages: dict
    logits: dict


def compute(
    phase: Phase, networks: Networks, loss: LossConfig, images, labels, seed, now=None
) -> Output:
    """Compute a phase: its terms, weighed and added up, and the gradients of their mean.

    Args:
        phase: a row of the table.
        networks: of the run.
        loss: weights and intervals, schedules among them.
        images: the reals, float32 [N, H, W, C] in [-1, 1].
        labels: vectors of the reals, [N, c_dim], or None.
        seed: int32 [2], of all draws.
        now: name -> float32 scalar, the present numbers of `loss` that are scheduled.
    """
    terms = active_terms(phase, loss)
    # Known before anything is computed: whether logits need gradients, too, see `Inputs`.
    needs = {name for term in terms for name in term.needs}
    # At least one image, however small the parts of a batch are.
    count = max(images.shape[0] // phase.shrink(loss), 1)
    # Numbers stay constants of the program; what is scheduled is a tensor from here on.
    loss = with_values(loss, now or {})
    stats, averages, total = {}, {}, 0.0
    # One tape around everything: R1's inner tape is differentiated through it.
    with tf.GradientTape() as tape:
        inputs = Inputs(networks, loss, phase.network, needs, images, labels, count, seed)
        for term in terms:
            values, new_means = _evaluate(term, inputs, loss)
            averages |= new_means
            if term.report is not None:
                stats[f"Loss/{term.report}"] = moments(values)
            # [N], or a scalar that broadcasts.
            total = total + values * term.weight(loss)
        stats[f"Loss/{phase.total}"] = moments(total)
        # Lazy regularisation: a phase that runs every 16 iterations weighs 16 times as much.
        mean = tf.reduce_mean(total) * phase.every(loss)
    gradients = _gradients(tape, mean, getattr(networks, phase.network))
    for kind, logits in inputs.logits_so_far.items():
        stats[f"Loss/scores/{kind}"] = moments(logits)
        # Over reals of a game whose level of 0 means something the mean of these signs is r_t.
        stats[f"Loss/signs/{kind}"] = moments(tf.sign(logits))
    if "w" in vars(inputs):  # a loss asked for it
        averages["w_avg"] = tf.reduce_mean(inputs.w, axis=0)
    return Output(gradients, stats, averages, inputs.logits_so_far)


def _evaluate(term, inputs: Inputs, loss) -> tuple[tf.Tensor, dict]:
    """Values of a term, one an image, and new values of its running means by name."""
    settings = {path.rpartition(".")[2]: get(loss, path) for path in term.settings}
    result = term.function(*(inputs[name] for name in term.needs), **settings)
    values, *new = result if term.means else (result,)
    return _per_image(values), dict(zip(term.means, new, strict=True))


def _per_image(values):
    """Means over all but the first axis: [N, ...] -> [N]; a scalar stays."""
    # Patches of an image are one number, so that all images weigh the same.
    return tf.reduce_mean(values, axis=list(range(1, values.shape.rank)))


def _gradients(tape, loss, network) -> list:
    """Gradients of the trainable weights, float32."""
    variables = [v.value for v in network.trainable_variables]
    # ZERO instead of None: Adam's second moment of an unused weight is to decay.
    gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    # Weights are float32, so this changes nothing unless a family keeps others.
    return [tf.cast(g, tf.float32) for g in gradients]
