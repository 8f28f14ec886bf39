"""Which creatures a network draws: what they are is read from pictures by a small network."""

import pathlib

import keras
import numpy as np
from keras import layers

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.creatures import CHOICES, attributes

# Creatures to learn from, and to try.
SEEN, TRIED = range(100_000, 120_000), range(120_000, 122_000)
EPOCHS, BATCH = 8, 64
READABLE = 0.9  # share of drawn creatures of which an attribute is read right, or it does not count
TOGETHER = ("body", "colour", "ground", "ground_colour")  # 1,920 combinations, seen from afar


def creatures(numbers: range, resolution: int) -> np.ndarray:
    """Drawn pictures: uint8 [N, R, R, 3]."""
    source = f"creatures:{numbers[0]}-{numbers[-1]}"
    data = open_dataset(DataConfig(source, resolution=resolution, channels=3))
    return data.images(np.arange(data.num_images))


class AttributeReader:
    """Reads attributes of creatures.

    Args:
        folder: where the network is kept; it is trained the first time, a minute of one core.
        resolution: of the pictures.

    Attributes:
        accuracy: name -> share of drawn creatures, not learnt from, of which it is read right.
    """

    def __init__(self, folder, resolution: int):
        path = pathlib.Path(folder) / f"reader-{resolution}.keras"
        self._network = keras.models.load_model(path) if path.exists() else _trained(resolution)
        if not path.exists():
            self._network.save(path)
        right = self._read_all(creatures(TRIED, resolution)) == _truth(TRIED)  # [N, attributes]
        self.accuracy = dict(zip(CHOICES, right.mean(axis=0).tolist(), strict=True))

    def __call__(self, pictures: np.ndarray) -> dict[str, np.ndarray]:
        """Readable attribute -> number of the value in each picture, int [N]."""
        read = dict(zip(CHOICES, self._read_all(pictures).T, strict=True))
        return {name: read[name] for name, share in self.accuracy.items() if share >= READABLE}

    def _read_all(self, pictures):
        outputs = self._network.predict(pictures, batch_size=500, verbose=0)
        return np.stack([outputs[name].argmax(axis=1) for name in CHOICES], axis=1)


def met(read: dict, drawn: dict) -> float:
    """Share of what is drawn that is met: 1 - total variation of values, mean of the attributes.

    Args:
        read: attribute -> int [N], of generated pictures.
        drawn: attribute -> int [M], of drawn ones.
    """
    shares = [
        sum(min((read[name] == value).mean(), (values == value).mean()) for value in set(values))
        for name, values in drawn.items()
    ]
    return float(np.mean(shares))


def new(read: dict, training: dict) -> float:
    """Share of pictures in which is `TOGETHER` what no training picture has together."""
    together = lambda of: [*zip(*(of[name].tolist() for name in TOGETHER), strict=True)]  # noqa: E731
    known = set(together(training))
    return float(np.mean([combination not in known for combination in together(read)]))


def _truth(numbers) -> np.ndarray:
    known = attributes(numbers)
    return np.array(
        [[values.index(v) for v in known[name]] for name, values in CHOICES.items()]
    ).T  # [N, attributes]


def _trained(resolution: int) -> keras.Model:
    keras.utils.set_random_seed(0)
    image = keras.Input([resolution, resolution, 3])
    x = layers.Rescaling(1 / 127.5, -1)(image)
    for filters, strides in ((48, 1), (96, 2), (128, 2)):
        x = layers.Conv2D(filters, 3, strides, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    outputs = {name: layers.Dense(len(values), name=name)(x) for name, values in CHOICES.items()}
    network = keras.Model(image, outputs)
    truth = dict(zip(CHOICES, _truth(SEEN).T, strict=True))
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * len(SEEN) // BATCH)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(rate), dict.fromkeys(CHOICES, loss))
    network.fit(creatures(SEEN, resolution), truth, BATCH, EPOCHS, verbose=0)
    return network
