"""Doctor during training: findings from curves and scores at snapshots."""

import pathlib

from ada_tf.diagnosis.diagnosis import diagnose
from ada_tf.diagnosis.evidence import Level
from ada_tf.diagnosis.run_checks import CHECKS
from ada_tf.diagnosis.run_evidence import by_numbers
from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback
from ada_tf.training.config import SNAP, RunConfig


class DoctorCallback(TickCallback):
    """Log new findings of `ada-doctor` at snapshots, from the curves and scores of the run.

    Put it behind the callbacks that write them. It reads files of the run, and nothing else: what is
    trained is the same with it and without.

    Args:
        run_dir: of the run.
        config: of the run.
        log: called with a line for each finding.
        pictures: how many it trains on.
        tick_images: images between ticks.
        every: ticks from one look to the next.
    """

    def __init__(
        self, run_dir, config: RunConfig, log=print, pictures=None, tick_images=TICK_IMAGES, every=SNAP
    ):  # fmt: skip
        super().__init__(tick_images)
        self.run_dir, self.config, self.pictures = pathlib.Path(run_dir), config, pictures
        self.log, self.every, self._said = log, every, frozenset()

    def on_tick(self, tick, images):
        if tick and tick % self.every == 0:
            self._look()

    def _look(self):
        evidence = by_numbers(self.run_dir, self.config, self.pictures)
        found = diagnose(self.run_dir.name, evidence, CHECKS).findings
        bad = [finding for finding in found if finding.level >= Level.WARNING]
        for finding in bad:
            if finding.state not in self._said:
                self.log(f"Doctor    {finding.text}")
        self._said = frozenset(finding.state for finding in bad)


def with_doctor(make_callbacks, config: RunConfig, dataset):
    """Put a `DoctorCallback` behind the callbacks that `ada_tf.train` gets.

    Args:
        make_callbacks: (run_dir, log, tick_images, writer) -> callbacks, or None for none.
        config: of the run.
        dataset: the training images.
    """

    def make(run_dir, log, tick_images, writer):
        before = [] if make_callbacks is None else make_callbacks(run_dir, log, tick_images, writer)
        return [
            *before,
            DoctorCallback(run_dir, config, log, dataset.num_originals, tick_images, config.snap),
        ]

    return make
