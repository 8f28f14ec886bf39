"""Images from any source as one endless, resumable stream of batches.

dataset = ada_tf.data.open_dataset(ada_tf.data.DataConfig("photos", resolution=128))
for batch in dataset.batches(32):
    batch["images"]  # uint8 [32, 128, 128, 3]
"""

import typing

from ada_tf.door import door

if typing.TYPE_CHECKING:
    from ada_tf.data.config import DataConfig, absolute_source
    from ada_tf.data.dataset import ImageDataset, grid_selection
    from ada_tf.data.opening import open_dataset

__all__ = ["DataConfig", "ImageDataset", "absolute_source", "grid_selection", "open_dataset"]

__getattr__, __dir__ = door(
    __name__,
    {
        "config": ("DataConfig", "absolute_source"),
        "dataset": ("ImageDataset", "grid_selection"),
        "opening": ("open_dataset",),
    },
)
