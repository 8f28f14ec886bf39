"""Guard against NaN: a state that is not finite is never saved; `Session.roll_back` goes back."""

import numpy as np

from ada_tf.ops import graph
from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback
from ada_tf.training.iteration.non_finite import (
    GRADIENT_LIMIT,
    NonFiniteTensor,
    Watched,
    WatchedKind,
    not_finite,
)
from ada_tf.training.runs.checkpoint_folder import state_of


class NotFinite(Exception):
    """Numbers are not finite; the message names the first ones."""


class GuardCallback(TickCallback):
    """Checks at every tick that all numbers are finite.

    Put it before callbacks that read the networks. Checking waits for the device, so it does not
    happen at every iteration; symptoms of iterations are kept until the next check.

    Args:
        log: called with a line for each gradient whose NaN was replaced.
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
                # The sums of the observer may hold NaN of a batch that was mended; p ignores it.
                if variable.dtype.is_floating and name != "observed":
                    self._names.append(f"{group}/{name}")
                    tensors.append(variable)
        self._state = graph(lambda: not_finite(tensors))

    def on_tick(self, tick, images):
        self.check()

    def check(self) -> None:
        """Check now.

        Raises:
            NotFinite: a loss or a part of the state is not finite.
        """
        fatal, mended = self.model.non_finite.read()
        if mended is not None:
            self.log(f"Warning: {mended}; NaN counts as 0, infinity as {GRADIENT_LIMIT:g}.")
        # A step may have made weights NaN by itself, from gradients that were finite.
        if fatal is None:
            bad = self._state().numpy()
            if bad.any():
                # argmax of zeros and ones: the first of them.
                found = Watched(WatchedKind.WEIGHT, self._names[np.argmax(bad)])
                fatal = NonFiniteTensor(self.model.images_done, "state", found)
        if fatal is not None:
            raise NotFinite(str(fatal))
