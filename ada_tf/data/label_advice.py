"""What to say of attributes that networks would hardly hear beside the others."""

from collections.abc import Iterator

import numpy as np

# Networks see the sum of all attributes, each times a weight of about 1: what spreads over hundreds
# drowns what is 0 or 1, and is drowned by it if it spreads over hundredths. One attribute of 1,000
# images that has a 1 spreads over 0.03.
_LOWEST, _HIGHEST = 0.02, 5.0


def lines(dataset) -> Iterator[str]:
    """One line for each attribute of an ImageDataset whose spread is far from 1."""
    space = dataset.label_space
    for column, name in enumerate(space.attributes, start=space.num_classes):
        spread = float(np.std(dataset.labels[:, column]))
        if spread == 0:
            yield f"labels: {name} is the same in all images, which says nothing"
        elif not _LOWEST <= spread <= _HIGHEST:
            yield (
                f"labels: {name} has a standard deviation of {spread:.3g}; attributes are taken as they"
                f" are, and those of about 1 are heard best: {'divide' if spread > 1 else 'multiply'}"
                f" it by {max(spread, 1 / spread):.3g}, say"
            )
