"""Which images stand in the grid of reals."""

import numpy as np


def grid_selection(dataset, columns: int, rows: int, seed: int = 0) -> np.ndarray:
    """Choose the images of a grid.

    Without class numbers: all images shuffled, taken in turn, starting over when they run out.
    With them: row y shows class number y mod (number of classes that occur); the next row of the
    same class goes on where the last one stopped.

    Args:
        dataset: an `ImageDataset`.
        columns: images in a row.
        rows: images in a column.
        seed: which selection.

    Returns:
        int64 [rows * columns], indices into the data set, row by row.
    """
    shuffler = np.random.RandomState(seed)
    if not dataset.label_space.are_classes:
        groups = [np.arange(dataset.num_images)]
    else:
        groups = [np.flatnonzero(dataset.labels == label) for label in np.unique(dataset.labels)]
    for group in groups:
        shuffler.shuffle(group)
    chosen = []
    for row in range(rows):
        visit, number = divmod(row, len(groups))
        group = groups[number]
        places = visit * columns + np.arange(columns)
        chosen.append(group[places % len(group)])
    return np.concatenate(chosen)
