"""TFDS data sets that are already on this machine, as lists of pictures with labels.

TensorFlow Datasets is imported late (half a second) and never gets to download: data sets are
found by their files, because building one from its code may ask servers.
"""

import dataclasses
import io
import pathlib
import re
from collections.abc import Iterator

import numpy as np

from ada_tf.data.sources import Entry, Source
from ada_tf.errors import UserError

PREFIX = "tfds:"

# NAME, NAME/CONFIG, NAME:1.0.0, NAME/CONFIG:1.0.0
_NAME = re.compile(r"\w+(/[\w.+-]+)?(:[\d*]+\.[\d*]+\.[\d*]+)?")


@dataclasses.dataclass(frozen=True)
class _Entries:
    """The encoded pictures of one split, in the order of its files."""

    builder: object
    split: str
    labelled: bool

    def __iter__(self) -> Iterator[Entry]:
        for index, example in enumerate(_examples(self.builder, self.split)):
            encoded = example["image"]
            yield Entry(
                name=f"example {index}",
                label=int(example["label"]) if self.labelled else None,
                open=lambda encoded=encoded: io.BytesIO(encoded),
            )


def from_name(source: str, data_dir: str | None, split: str) -> Source:
    """Find `tfds:NAME[/CONFIG][:VERSION]` among the prepared data sets of this machine."""
    import tensorflow_datasets as tfds

    name = source.removeprefix(PREFIX)
    if not _NAME.fullmatch(name):
        raise UserError(
            f"data={source!r}: must be tfds:NAME, tfds:NAME/CONFIG or either with :VERSION."
        )
    try:
        builder = tfds.core.read_only_builder.builder_from_files(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        raise UserError(_not_found(source, name, data_dir)) from error
    except ValueError as error:  # prepared in several places
        raise UserError(f"data={source!r}: {' '.join(str(error).split())}") from error
    return _source(source, name.split(":")[0].replace("/", "-"), builder, split)


def from_directory(folder: pathlib.Path, split: str, name: str | None = None) -> Source:
    """Read a directory that TFDS has prepared; `name` replaces the one it has."""
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(folder)
    return _source(str(folder), name or builder.name, builder, split)


def _not_found(source: str, name: str, data_dir: str | None) -> str:
    import tensorflow_datasets as tfds

    place = data_dir or tfds.core.constants.DATA_DIR
    name = name.split(":")[0]
    where = "" if data_dir is None else f", data_dir={data_dir!r}"
    if name.split("/")[0] not in tfds.list_builders(with_community_datasets=False):
        return (
            f"data={source!r}: TFDS knows no data set of this name, and none is prepared in "
            f"{place}."
        )
    return (
        f"data={source!r}: is not prepared in {place}; download it once with "
        f'python -c "import tensorflow_datasets as tfds; tfds.load({name!r}{where})".'
    )


def _source(given: str, name: str, builder, split: str) -> Source:
    import tensorflow_datasets as tfds

    features, splits = _features(builder), builder.info.splits
    image = features.get("image")
    if not isinstance(image, tfds.features.Image):
        raise UserError(
            f"data={given!r}: needs an image feature, has {', '.join(features) or 'none'}."
        )
    if image.np_dtype not in (np.uint8, np.uint16):
        raise UserError(
            f"data={given!r}: its pictures hold {np.dtype(image.np_dtype).name}; "
            "must be uint8 or uint16."
        )
    if split not in splits:
        raise UserError(f"split={split!r}: {given} has the splits {', '.join(splits)} only.")
    label = features.get("label")
    labelled = isinstance(label, tfds.features.ClassLabel)
    return Source(
        name=name,
        identity={
            "tfds": builder.info.full_name,
            "path": str(pathlib.Path(builder.data_path).resolve()),
            "split": split,
            "examples": splits[split].num_examples,
            "bytes": splits[split].num_bytes,
        },
        entries=_Entries(builder, split, labelled),
        size=splits[split].num_examples,
        class_names=[label.int2str(i) for i in range(label.num_classes)] if labelled else None,
        notes=(f"TFDS data set {builder.info.full_name}, split {split}",),
    )


def _features(builder) -> dict:
    """List the features by name; a data set of a single unnamed feature has none to offer."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    return dict(features.items()) if isinstance(features, tfds.features.FeaturesDict) else {}


def _examples(builder, split: str):
    """Read encoded examples in file order; array_record files have a reader of their own."""
    import tensorflow_datasets as tfds

    if builder.info.file_format == tfds.core.FileFormat.ARRAY_RECORD:
        decoders = {"image": tfds.decode.SkipDecoding()}
        return builder.as_data_source(split, decoders=decoders)
    wanted = {name: True for name in ("image", "label") if name in _features(builder)}
    decoders = tfds.decode.PartialDecoding(wanted, decoders={"image": tfds.decode.SkipDecoding()})
    # One file after the other: the order must be the same every time.
    order = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    return tfds.as_numpy(
        builder.as_dataset(split=split, decoders=decoders, read_config=order, shuffle_files=False)
    )
