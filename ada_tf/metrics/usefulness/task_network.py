"""The network that learns a task: small, fixed, and the same for whatever pictures it is given.

Blocks of a 3x3 convolution, ReLU and 2x2 maxima lead to 4 to 7 pixels; a dense layer answers. It learns by AdamW
from batches of 32, and stops when its loss on pictures that are kept apart has not fallen for a while. There is
no normalisation: statistics of batches would mix real and generated pictures, those of groups doubled the time.
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np

from ada_tf.metrics.usefulness.tasks import Task

BATCH = 32
STEPS, LOOKS, PATIENCE = (
    32,
    40,
    8,
)  # steps between looks at the loss, looks at most, and without progress
MOST = 64  # pixels of the shorter side that it sees; larger pictures are averaged
_WIDTHS = (16, 32, 64, 64)
_SMALLEST = 4  # pixels that are not halved again
_DROPOUT = 0.3
_RATE, _DECAY = 1e-3, 1e-2  # of AdamW


class TaskNetwork:
    """Learns a task anew from each set of pictures, by one traced program.

    Args:
        task: the task.
        shape: (H, W, C) of the pictures.
    """

    def __init__(self, task: Task, shape: tuple[int, int, int]):
        self._task, self._shape = task, shape
        self._model = _model(shape, task.outputs, seed=0)
        self._optimizer = keras.optimizers.AdamW(_RATE, weight_decay=_DECAY)
        # XLA would take longer to compile it than it takes to learn.
        self._model.compile(self._optimizer, task.loss, jit_compile=False)

    def fit(self, batches: Iterator, checked, seed: int, looks: int | None = None) -> float:
        """Learn from scratch.

        Args:
            batches: of (pictures, targets) without end; float32 [BATCH, H, W, C] in [-1, 1] and [BATCH, outputs].
            checked: pictures and targets that decide when to stop.
            seed: of the first weights and of dropout.
            looks: at the loss, at most; None is `LOOKS`.

        Returns:
            The least loss on `checked`, whose weights stay.
        """
        self._begin_again(seed)
        stop = keras.callbacks.EarlyStopping(
            "val_loss", patience=PATIENCE, mode="min", restore_best_weights=True
        )
        history = self._model.fit(
            batches, steps_per_epoch=STEPS, epochs=looks or LOOKS, validation_data=checked,
            validation_batch_size=BATCH, callbacks=[stop], shuffle=False, verbose=0,
        )  # fmt: skip
        return float(min(history.history["val_loss"]))

    def answers(self, pictures: np.ndarray) -> np.ndarray:
        """Answer for pictures [n, H, W, C]: float32 [n, outputs]."""
        return self._model.predict(pictures, batch_size=BATCH, verbose=0)

    def _begin_again(self, seed: int) -> None:
        self._model.set_weights(_model(self._shape, self._task.outputs, seed).get_weights())
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape))
        self._optimizer.learning_rate = _RATE  # it is one of the variables
        for layer in self._model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.seed_generator.state.assign([seed % 2**32, 0])


def _model(shape, outputs: int, seed: int) -> keras.Model:
    """Build the network; each of its weights is decided by the seed alone."""
    draw = np.random.RandomState(seed % 2**32)

    def initial():
        return keras.initializers.HeNormal(seed=int(draw.randint(2**31)))

    layers, side = [keras.Input(shape)], min(shape[:2])
    for width in _WIDTHS:
        layers += [
            keras.layers.Conv2D(width, 3, padding="same", kernel_initializer=initial()),
            keras.layers.ReLU(),
        ]
        if side >= 2 * _SMALLEST:
            layers.append(keras.layers.MaxPooling2D())
            side //= 2
    layers += [
        keras.layers.Flatten(),  # where something is may be what is asked
        keras.layers.Dropout(_DROPOUT, seed=0),
        keras.layers.Dense(outputs, kernel_initializer=initial()),
    ]
    return keras.Sequential(layers)


# Moves of training pictures: (generator of NumPy, pictures [n, H, W, C]) -> pictures.


def _unmoved(_, pictures: np.ndarray) -> np.ndarray:
    return pictures


def _mirrored(draw: np.random.Generator, pictures: np.ndarray) -> np.ndarray:
    return np.where(_some(draw, pictures), pictures[:, :, ::-1], pictures)


def _turned(draw: np.random.Generator, pictures: np.ndarray) -> np.ndarray:
    """Flip both ways, and exchange the axes of squares: all eight symmetries, equally often."""
    pictures = _mirrored(draw, pictures)
    pictures = np.where(_some(draw, pictures), pictures[:, ::-1], pictures)
    if pictures.shape[1] != pictures.shape[2]:
        return pictures
    return np.where(_some(draw, pictures), pictures.swapaxes(1, 2), pictures)


def _some(draw, pictures) -> np.ndarray:
    return draw.random([len(pictures), 1, 1, 1]) < 0.5


MOVES: dict[str, Callable] = {
    "as they are": _unmoved,
    "mirrored": _mirrored,
    "flipped and turned": _turned,
}
