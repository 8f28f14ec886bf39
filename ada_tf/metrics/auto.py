"""Scores that nobody asked for: while they cost next to nothing, and without a risk to the training."""

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.metrics.callback import MetricsCallback, evaluator_of
from ada_tf.metrics.defaults import choose_for
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.metrics.schedule import SHARE, WithinShare


class AutoMetricsCallback(MetricsCallback):
    """A MetricsCallback whose failure ends the scores, not the run."""

    def _evaluate(self):
        try:
            super()._evaluate()
        except (UserError, tf.errors.ResourceExhaustedError) as problem:
            reason = str(problem).partition("\n")[0][:200]
            self.log(f"The run goes on without scores: {reason}")
            self.schedule = Never(self.schedule.ticks)


class Never:
    """The schedule that scores nothing.

    Args:
        ticks: of the schedule before.
    """

    due_at_end = False

    def __init__(self, ticks: int):
        self.ticks = ticks

    def due(self, tick: int) -> bool:
        """Never."""
        return False


class Lazily:
    """An evaluator that loads its networks when it is first used.

    Args:
        metrics: its metrics.
        make: () -> Evaluator.
    """

    def __init__(self, metrics, make):
        self.metrics, self._make, self._evaluator = metrics, make, None

    def __call__(self, fakes, generator=None, seed=0):
        """See `Evaluator`."""
        if self._evaluator is None:
            self._evaluator = self._make()
        return self._evaluator(fakes, generator, seed)


def auto_callbacks(config, dataset, every: int):
    """What makes the callback of a run whose metrics nobody has chosen, or None without a network.

    Args:
        config: of the run.
        dataset: training images, with the held-out ones.
        every: ticks between scores at least.
    """
    choice = choose_for(dataset, feature_network.is_here)
    if choice is None:
        return None
    metrics = parse_metrics(choice.deciding)
    evaluator = Lazily(metrics, lambda: evaluator_of(metrics, config, dataset))

    def make(run_dir, log, tick_images, writer):
        log(f"Scores    {choice.why}; while they take less than {SHARE:.0%} of the time")
        return [
            AutoMetricsCallback(
                evaluator, run_dir, config, dataset, tick_images, WithinShare(every), log,
                writer=writer,
            )
        ]  # fmt: skip

    return make
