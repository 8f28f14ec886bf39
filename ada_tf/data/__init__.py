"""Images from any source as one endless, resumable stream of batches.

dataset = ada_tf.data.open_dataset(ada_tf.data.DataConfig("photos", resolution=128))
for batch in dataset.batches(32):
    batch["images"]  # uint8 [32, 128, 128, 3]
"""

from ada_tf.door import door

__getattr__, __dir__, __all__ = door(__name__)
