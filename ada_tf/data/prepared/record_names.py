"""What images are called: every record of a prepared set holds the name beside the pixels."""

import numpy as np
import tensorflow as tf

from ada_tf.data.prepared import records
from ada_tf.data.stores import Damaged, RecordImages
from ada_tf.files import cause, printable


def names(store: RecordImages, items) -> list[str]:
    """Names of images in the source that they were prepared from, such as paths inside a folder.

    The files are read up to the last image that is asked for; pixels are not decoded.

    Args:
        store: the images of a prepared set.
        items: integers [n], which.

    Raises:
        Damaged: a file is not what was written.
    """
    items = np.asarray(items)
    found = {}
    for shard in np.unique(store.shards[items]):
        wanted = np.unique(items[store.shards[items] == shard])
        wanted = wanted[np.argsort(store.offsets[wanted])]
        file = store.files[shard]
        try:
            for item, record in _records_around(file, store.offsets[wanted]):
                found[int(wanted[item])] = _name(record)
        except (OSError, ValueError) as error:
            raise Damaged(file.parent, f"{file.name}: {cause(error)}") from error
    return [found[item] for item in items.tolist()]


def _records_around(file, places):
    """Yield (number of the place, bytes of the record that it lies in); places ascend."""
    number = 0
    with open(file, "rb") as stream:
        for offset, length in records.records(file):
            if number == len(places):
                return
            if offset <= places[number] < offset + length:
                stream.seek(offset)
                yield number, stream.read(length)
                number += 1
    if number < len(places):
        raise ValueError("lacks an image")


def _name(record: bytes) -> str:
    """The name in a record, which may be a stranger's."""
    feature = {"name": tf.io.FixedLenFeature([], tf.string)}
    try:
        with tf.device("CPU"):
            name = tf.io.parse_single_example(record, feature)["name"].numpy()
    except tf.errors.InvalidArgumentError as error:
        raise ValueError("an image has no name") from error
    return printable(name.decode(errors="replace"))
