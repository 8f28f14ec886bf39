"""TFDS data sets that are already on this machine, checked before TensorFlow Datasets reads them."""

import dataclasses
import io
import json
import pathlib
import re
from collections.abc import Iterator

import numpy as np

from ada_tf import files
from ada_tf.data.config import TFDS_PREFIX
from ada_tf.data.prepared import records
from ada_tf.data.sources.labels import MAX_CLASSES
from ada_tf.data.sources.source import TFDS, Entry, Source, short_name
from ada_tf.errors import UserError
from ada_tf.label_space import LabelSpace

# Metadata of a TFDS directory, checked before TensorFlow Datasets reads it.
#
# `features.json` and `dataset_info.json` name Python classes, which TFDS imports from wherever they
# are found, and patterns, files and lengths that it believes. A directory may come from anybody.

FEATURES, _INFO = "features.json", "dataset_info.json"

# The largest sets have some thousand files, with a number each; JSON may need twenty times as much
# in memory as on disk.
_MAX_METADATA = 2**24

# All feature classes of TFDS itself; every one of them is loaded with TFDS already.
CLASSES = frozenset(
    f"tensorflow_datasets.core.features.{name}"
    for name in (
        "audio_feature.Audio",
        "bounding_boxes.BBoxFeature",
        "class_label_feature.ClassLabel",
        "dataset_feature.Dataset",
        "feature.Tensor",
        "features_dict.FeaturesDict",
        "image_feature.Image",
        "labeled_image.LabeledImage",
        "scalar.Scalar",
        "sequence_feature.Sequence",
        "tensor_feature.Tensor",
        "text_feature.Text",
        "translation_feature.Translation",
        "translation_feature.TranslationVariableLanguages",
        "video_feature.Video",
    )
)

# Keys that hold such a name: TFDS since 4.4 in either spelling, and before.
_CLASS_KEYS = ("pythonClassName", "python_class_name", "type")
# Keys of the old form that may hold the path of a file to read.
_FILE_KEYS = ("names_file", "labels")
_COUNT_KEYS = ("numClasses", "num_classes")

_FORMATS = ("", "tfrecord", "array_record")
_PLAIN = re.compile(r"\w[\w.+-]*")
_PATTERN = re.compile(
    r"([\w.-]|\{(DATASET|SPLIT|FILEFORMAT|SHARD_INDEX|NUM_SHARDS|SHARD_X_OF_Y)\})*"
)


def _check_directory(folder: pathlib.Path) -> None:
    """Refuse a directory that TFDS should not read.

    Raises:
        UserError: it names a class, file or format that is not TFDS' own, or holds what is no file.
    """
    with files.reading(folder, "a TFDS data set"):
        inside = sorted(folder.iterdir())
    for path in inside:
        with files.reading(path, "part of a TFDS data set"):
            if path.suffix in (".json", ".txt"):
                files.open_regular(path, _MAX_METADATA).close()
            elif not (path.is_file() or path.is_dir()):
                raise ValueError("is no regular file")
    with files.reading(folder / FEATURES, "features of a TFDS data set"):
        _check_features(_read_json(folder / FEATURES))
    with files.reading(folder / _INFO, "the description of a TFDS data set"):
        info = _read_json(folder / _INFO)
        _check_features(info.get("features"))
        _check_files(info)


def _read_json(path: pathlib.Path) -> dict:
    """The JSON object of a file as TFDS would read it, but of a bounded size and without doubts.

    Raises:
        OSError, ValueError, RecursionError: it is none.
    """
    with files.open_regular(path, _MAX_METADATA) as file:
        found = _parse(file.read().decode())
    if not isinstance(found, dict):
        raise ValueError("is no JSON object")
    return found


def _parse(text: str):
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("says the same thing twice")
    return found


def _items(value) -> Iterator[tuple[str, object]]:
    """All keys and values of nested JSON, also of JSON inside a text."""
    if isinstance(value, list):
        for inner in value:
            yield from _items(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _items(inner)
            if key == "json" and isinstance(inner, str):
                yield from _items(_parse(inner))


def _check_features(features) -> None:
    for key, value in _items(features):
        if key in _CLASS_KEYS and isinstance(value, str) and value not in CLASSES:
            raise ValueError(
                f"names the class {files.quoted(value)}, which is none of tensorflow_datasets'"
            )
        if key in _FILE_KEYS and isinstance(value, str):
            raise ValueError(f"names the file {files.quoted(value)}")
        if key in _COUNT_KEYS and not 0 <= int(value or 0) <= MAX_CLASSES:
            raise ValueError(f"has {files.quoted(value)} classes, more than {MAX_CLASSES}")


def _check_files(info: dict) -> None:
    """Names of record files are made of these; the pattern is a format string."""
    splits = info.get("splits", [])
    for name in (info.get("name"), *(split.get("name") for split in splits)):
        if not _PLAIN.fullmatch(name):
            raise ValueError(f"has the name {files.quoted(name)}")
    for part in (info, *splits):
        pattern = _either(part, "filepathTemplate", "filepath_template") or ""
        if not _PATTERN.fullmatch(pattern):
            raise ValueError(f"has file names like {files.quoted(pattern)}")
    others = _either(info, "alternativeFileFormats", "alternative_file_formats") or []
    for kind in (_either(info, "fileFormat", "file_format") or "", *others):
        if kind not in _FORMATS:
            raise ValueError(f"has files of the kind {files.quoted(kind)}")


def _either(record: dict, spelling: str, other: str):
    return record.get(spelling, record.get(other))


# TFDS data sets that are already on this machine, as lists of images with labels.
#
# TensorFlow Datasets is imported late (half a second) and never gets to download: data sets are
# found by their files, because building one from its code may ask servers, and checked before TFDS
# reads what they say about themselves.

# NAME, NAME/CONFIG, NAME:1.0.0, NAME/CONFIG:1.0.0
_NAME = re.compile(
    r"(?P<name>\w+)(/(?P<config>\w[\w.+-]*))?(:(?P<version>[\d*]+\.[\d*]+\.[\d*]+))?"
)
_LONGEST = 255  # bytes of the name of a file
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclasses.dataclass(frozen=True)
class _Entries:
    """The encoded images of one split, in the order of its files."""

    folder: pathlib.Path
    builder: object
    split: str
    num_classes: int

    def __iter__(self) -> Iterator[Entry]:
        with _reading(self.folder):
            for index, example in enumerate(_examples(self.builder, self.split)):
                encoded = example["image"]
                yield Entry(
                    name=f"example {index}",
                    label=self._label(example) if self.num_classes else None,
                    open=lambda encoded=encoded: io.BytesIO(encoded),
                )

    def _label(self, example) -> int:
        label = int(example["label"])
        if not -1 <= label < self.num_classes:
            raise ValueError(f"has the label {label}, but {self.num_classes} classes")
        return label


def _reading(folder: pathlib.Path):
    """Whatever TFDS raises is about the folder: it asserts, and protobuf has its own errors."""
    return files.reading(folder, "a TFDS data set", also=(Exception,))


def from_name(source: str, data_dir: str | None, split: str) -> Source:
    """Find `tfds:NAME[/CONFIG][:VERSION]` among the prepared data sets of this machine."""
    wanted = _NAME.fullmatch(source.removeprefix(TFDS_PREFIX))
    if not wanted or max(map(len, source.encode().split(b"/"))) > _LONGEST:
        raise UserError(
            f"data={source!r:.80}: must be tfds:NAME, tfds:NAME/CONFIG or either with :VERSION."
        )
    found = [
        version
        for place in _places(data_dir)
        if (version := _version(_config(source, place / wanted["name"], wanted), wanted["version"]))
    ]
    if not found:
        raise UserError(_not_found(source, wanted, data_dir))
    if len(found) > 1:
        raise UserError(f"data={source!r}: is prepared in {' and '.join(map(str, found))}.")
    name = "-".join(part for part in (wanted["name"], wanted["config"]) if part)
    return from_directory(found[0], split, name)


def _places(data_dir: str | None) -> list[pathlib.Path]:
    """List the folders in which TFDS keeps data sets."""
    from tensorflow_datasets.core.utils import file_utils

    return [pathlib.Path(place).expanduser() for place in file_utils.list_data_dirs(data_dir)]


def _config(source: str, folder: pathlib.Path, wanted) -> pathlib.Path:
    """The folder of the wanted configuration, or of the one that is marked as usual."""
    if wanted["config"]:
        return folder / wanted["config"]
    marked = folder / ".config" / "metadata.json"
    if _versions(folder) or not marked.exists():
        return folder
    with files.reading(marked, "the name of a configuration"):
        name = _read_json(marked)["default_config_name"]
        if not re.fullmatch(r"\w[\w.+-]*", name):
            raise ValueError(f"says {files.quoted(name)}")
    return folder / name


def _version(folder: pathlib.Path, wanted: str | None) -> pathlib.Path | None:
    """The folder of the highest version that is wanted; 1.*.* wants any that begins with 1."""
    pattern = re.compile((wanted or "*.*.*").replace(".", r"\.").replace("*", r"\d+"))
    fitting = [name for name in _versions(folder) if pattern.fullmatch(name)]
    return folder / fitting[-1] if fitting else None


def _versions(folder: pathlib.Path) -> list[str]:
    """Names of the versions in a folder, the highest last."""
    if not folder.is_dir():
        return []
    names = [path.parent.name for path in folder.glob(f"*/{FEATURES}")]
    names = [name for name in names if _VERSION.fullmatch(name)]
    return sorted(names, key=lambda name: tuple(map(int, name.split("."))))


def from_directory(folder: pathlib.Path, split: str, name: str | None = None) -> Source:
    """Read a directory that TFDS has prepared; `name` replaces the one it has."""
    _check_directory(folder)
    import tensorflow_datasets as tfds

    with _reading(folder):
        builder = tfds.builder_from_directory(folder)
        return _source(folder, name or builder.name, builder, split)


def _not_found(source: str, wanted, data_dir: str | None) -> str:
    import tensorflow_datasets as tfds

    place = data_dir or tfds.core.constants.DATA_DIR
    name = "/".join(part for part in (wanted["name"], wanted["config"]) if part)
    where = "" if data_dir is None else f", data_dir={data_dir!r}"
    if wanted["name"] not in tfds.list_builders(with_community_datasets=False):
        return (
            f"data={source!r}: TFDS knows no data set of this name, and none is prepared in "
            f"{place}."
        )
    return (
        f"data={source!r}: is not prepared in {place}; download it once with "
        f'python -c "import tensorflow_datasets as tfds; tfds.load({name!r}{where})".'
    )


def _source(folder: pathlib.Path, name: str, builder, split: str) -> Source:
    import tensorflow_datasets as tfds

    given, features, splits = files.printable(folder), _features(builder), builder.info.splits
    image = features.get("image")
    if not isinstance(image, tfds.features.Image):
        raise UserError(
            f"data={given!r}: needs an image feature, has {', '.join(features) or 'none'}."
        )
    if image.np_dtype not in (np.uint8, np.uint16):
        raise UserError(
            f"data={given!r}: its images hold {np.dtype(image.np_dtype).name}; "
            "must be uint8 or uint16."
        )
    if split not in splits:
        raise UserError(f"split={split!r}: {given} has the splits {', '.join(splits)} only.")
    label = features.get("label")
    classes = label.num_classes if isinstance(label, tfds.features.ClassLabel) else 0
    path = folder.resolve()
    return Source(
        kind=TFDS,
        name=short_name(name),
        path=path,
        identity={
            "tfds": builder.info.full_name,
            "path": str(path),
            "split": split,
            "examples": splits[split].num_examples,
            "bytes": splits[split].num_bytes,
        },
        entries=_Entries(folder, builder, split, classes),
        size=splits[split].num_examples,
        split=split,
        label_space=LabelSpace(classes, tuple(label.int2str(i) for i in range(classes))),
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
    # A record that claims to be longer than its file ends the process, not the reading.
    for file in builder.info.splits[split].filepaths:
        files.open_regular(file).close()
        for _ in records.records(pathlib.Path(file)):
            pass
    wanted = {name: True for name in ("image", "label") if name in _features(builder)}
    decoders = tfds.decode.PartialDecoding(wanted, decoders={"image": tfds.decode.SkipDecoding()})
    # One file after the other: the order must be the same every time.
    order = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    return tfds.as_numpy(
        builder.as_dataset(split=split, decoders=decoders, read_config=order, shuffle_files=False)
    )
