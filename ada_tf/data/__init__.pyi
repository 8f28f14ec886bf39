"""Names of ada_tf.data and their homes; see `ada_tf.door`."""

from ada_tf.data.config import DataConfig as DataConfig
from ada_tf.data.config import absolute_source as absolute_source
from ada_tf.data.dataset import ImageDataset as ImageDataset
from ada_tf.data.dataset import grid_selection as grid_selection
from ada_tf.data.open_data import open_dataset as open_dataset
