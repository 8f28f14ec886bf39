"""A small network that reads from a picture of a creature what it was asked to be."""

import pathlib

import keras
import numpy as np

EPOCHS, BATCH = 12, 64
# A value of -1 to 1 counts as read right within a quarter of that; blind guesses of 0 are half the time.
CLOSE = 0.5


def drawn(dataset):
    """(pictures float32 [N, H, W, C] in [-1, 1], label vectors float32 [N, D]) of an ImageDataset."""
    every = np.arange(dataset.num_images)
    return dataset.images(every).astype(np.float32) / 127.5 - 1, dataset.label_of(every)


def make(shape, width: int) -> keras.Model:
    """The network: it regresses the label vector, classes as numbers of 0 and 1."""
    layers = [keras.Input(shape), keras.layers.GaussianNoise(0.1)]
    for filters, strides in ((32, 1), (64, 2), (96, 2), (96, 2)):
        layers += [
            keras.layers.Conv2D(filters, 3, strides, "same", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dropout(0.3), keras.layers.Dense(width)]
    return keras.Sequential(layers)


def trained(path: pathlib.Path, dataset) -> keras.Model:
    """The network of a file, which is made from an ImageDataset if it is not there."""
    if path.exists():
        return keras.models.load_model(path)
    pictures, labels = drawn(dataset())
    reader = make(pictures.shape[1:], labels.shape[1])
    steps = EPOCHS * len(pictures) // BATCH
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    reader.compile(keras.optimizers.Adam(rate), "mse")
    reader.fit(pictures, labels, batch_size=BATCH, epochs=EPOCHS, verbose=2)
    reader.save(path)
    return reader


def right(read: np.ndarray, asked: np.ndarray, names, classes: int) -> dict[str, float]:
    """Share of the pictures that show what was asked, by what was asked.

    What is there or is not counts by halves, those where it should be and those where it should not,
    so that a blind guess is right half the time.

    Args:
        read: [N, D], what the network says.
        asked: [N, D], label vectors: first a number for each class, then the attributes.
        names: of the attributes.
        classes: how many there are.
    """
    found = {}
    if classes:
        same = read[:, :classes].argmax(axis=1) == asked[:, :classes].argmax(axis=1)
        found["class"] = float(same.mean())
    for name, said, wanted in zip(names, read[:, classes:].T, asked[:, classes:].T, strict=True):
        if np.isin(wanted, (0, 1)).all():
            same = (said > 0.5) == wanted
            found[name] = float(np.mean([same[wanted == value].mean() for value in (0, 1)]))
        else:
            found[name] = float((abs(said - wanted) < CLOSE).mean())
    return found
