"""What a TFDS directory says about itself, checked before TensorFlow Datasets reads it.

`features.json` and `dataset_info.json` name Python classes, which TFDS imports from wherever they
are found, and patterns, files and lengths that it believes. A directory may come from anybody.
"""

import json
import pathlib
import re
from collections.abc import Iterator

from ada_tf import files
from ada_tf.data.sources.labels import MAX_CLASSES

FEATURES, INFO = "features.json", "dataset_info.json"

# The largest sets have some thousand files, with a number each; JSON may need twenty times as much
# in memory as on disk.
MAX_METADATA = 2**24

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


def check(folder: pathlib.Path) -> None:
    """Refuse a directory that TFDS should not read.

    Raises:
        UserError: it names a class, file or format that is not TFDS' own, or holds what is no file.
    """
    with files.reading(folder, "a TFDS data set"):
        inside = sorted(folder.iterdir())
    for path in inside:
        with files.reading(path, "part of a TFDS data set"):
            if path.suffix in (".json", ".txt"):
                files.open_regular(path, MAX_METADATA).close()
            elif not (path.is_file() or path.is_dir()):
                raise ValueError("is no regular file")
    with files.reading(folder / FEATURES, "features of a TFDS data set"):
        _check_features(read_json(folder / FEATURES))
    with files.reading(folder / INFO, "the description of a TFDS data set"):
        info = read_json(folder / INFO)
        _check_features(info.get("features"))
        _check_files(info)


def read_json(path: pathlib.Path) -> dict:
    """The JSON object of a file as TFDS would read it, but of a bounded size and without doubts.

    Raises:
        OSError, ValueError, RecursionError: it is none.
    """
    with files.open_regular(path, MAX_METADATA) as file:
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
