"""The guard against NaN: what is not finite is never saved; training goes back and tries again."""

import numpy as np

from ada_tf.errors import UserError
from ada_tf.ops import graph
from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback
from ada_tf.training.iteration.non_finite import (
    GRADIENT_LIMIT,
    Kind,
    Symptom,
    Watched,
    not_finite,
)
from ada_tf.training.runs.checkpoint_folder import state_of


class NotFinite(Exception):
    """Training cannot go on from here. The message says where that began."""


class GuardCallback(TickCallback):
    """Looks at every tick, and when it is called, whether all numbers are finite.

    Put it before callbacks that read the networks. Looking waits for the device, so it does not
    happen at every iteration; what the iterations say of themselves is kept until then.

    Args:
        log: called with a line for each gradient that was mended.
        tick_images: images between ticks.
    """

    def __init__(self, log=print, tick_images=TICK_IMAGES):
        super().__init__(tick_images)
        self.log = log

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._names, tensors = [], []
        for group, variables in state_of(self.model).items():
            for name, variable in variables.items():
                if variable.dtype.is_floating and name != "observed":
                    self._names.append(f"{group}/{name}")
                    tensors.append(variable)
        self._state = graph(lambda: not_finite(tensors))

    def on_tick(self, tick, images):
        self.check()

    def check(self) -> None:
        """Look now.

        Raises:
            NotFinite: a loss or a part of the state is not finite.
        """
        fatal, mended = self.model.non_finite.read()
        if mended is not None:
            self.log(f"Warning: {mended}; NaN counts as 0, infinity as {GRADIENT_LIMIT:g}.")
        if fatal is None:
            bad = self._state().numpy()
            if bad.any():
                found = Watched(Kind.WEIGHT, self._names[np.argmax(bad)])
                fatal = Symptom(self.model.images_done, "state", found)
        if fatal is not None:
            raise NotFinite(str(fatal))


class Rollback:
    """Goes back to the newest checkpoint, with another stream of random numbers; once from each.

    Args:
        model: in training.
        checkpoints: of the run.
        log: called with a line.
    """

    def __init__(self, model, checkpoints, log):
        self.model, self.checkpoints, self.log = model, checkpoints, log
        self._went_to = None

    def __call__(self, problem: NotFinite) -> None:
        """Go back.

        Raises:
            UserError: training came to nothing twice from the same checkpoint.
        """
        failed = self.model.clock.stream
        self.checkpoints.restore_newest(self.log)
        images = self.model.images_done
        if images == self._went_to:
            raise UserError(
                f"{problem}, twice in a row from the checkpoint after {images} images, which is"
                f" kept in {self.checkpoints.folder}; lower --lr, raise --gamma or use --fp32."
            )
        self._went_to = images
        self.model.clock.go_to(images, failed + 1)
        self.model.non_finite.forget()
        self.log(
            f"Warning: {problem}; going back to the checkpoint after {images} images, on with seed"
            f" stream {failed + 1}."
        )
