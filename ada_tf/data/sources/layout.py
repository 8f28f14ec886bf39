"""What the sub-folders of a collection mean: nothing, classes, or splits of classes."""

import dataclasses

from ada_tf.data.sources.labels import Listed
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.label_space import NO_LABELS, LabelSpace

# Names that mark a folder as a split (TFDS' ImageFolder: split/class/image), not a class.
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}


@dataclasses.dataclass(frozen=True)
class Layout:
    """Chosen images: sorted names, their labels (or None) and what those mean, report lines."""

    names: list[str]
    labels: list | None
    label_space: LabelSpace
    notes: tuple[str, ...]


def arrange(source: str, names: list[str], listed: Listed | None, split: str) -> Layout:
    """Choose the split and find the labels.

    A folder around everything is looked through. If the top folders are all named like splits,
    only the one named `split` is used. Labels come from the file of labels if it names every image,
    else from the sub-folders if every image is in one.

    Args:
        source: what the user gave, for messages.
        names: paths of images inside the source, with forward slashes.
        listed: labels of dataset.json or labels.csv, or None.
        split: name of the split to use where there are splits.

    Returns:
        The layout.

    Raises:
        UserError: there are splits, but not the wanted one.
    """
    names = sorted(names)
    notes = []
    inner = _strip_common(names)
    tops = {name.split("/")[0] for name in inner.values() if "/" in name}
    nested = all("/" in name for name in inner.values())
    # A single folder around everything has been stripped, unless it is named like a split.
    if nested and tops and all(top.lower() in _SPLITS for top in tops):
        if split not in tops:
            raise UserError(
                f"split={split!r}: {source} has the splits {', '.join(sorted(tops))} only."
            )
        names = [name for name in names if inner[name].split("/")[0] == split]
        inner = {name: inner[name].split("/", 1)[1] for name in names}
        notes.append(f"split {split!r} used out of {', '.join(sorted(tops))}")
    if listed is not None:
        labels = [listed.labels.get(name, listed.labels.get(inner[name])) for name in names]
        missing = labels.count(None)
        if not missing:
            return Layout(names, labels, listed.label_space or _numbered(labels), tuple(notes))
        first = names[labels.index(None)]
        notes.append(
            f"labels of {listed.file} not used: {missing} of {len(names)} images have none, such as"
            f" {printable(first)}"
        )
    if not all("/" in name for name in inner.values()):
        return Layout(names, None, NO_LABELS, tuple(notes))
    folders = [inner[name].split("/")[0] for name in names]
    classes = sorted(set(folders))
    number = {folder: index for index, folder in enumerate(classes)}
    notes.append(f"{len(classes)} classes named after the sub-folders")
    space = LabelSpace(len(classes), tuple(classes))
    return Layout(names, [number[folder] for folder in folders], space, tuple(notes))


def _numbered(labels: list[int]) -> LabelSpace:
    """Classes that are called by their numbers."""
    count = max(labels) + 1
    return LabelSpace(count, tuple(map(str, range(count))))


def _strip_common(names: list[str]) -> dict[str, str]:
    """Map every path to what is left without the folders that are around all of them."""
    inner = {name: name for name in names}
    while True:
        tops = {rest.split("/")[0] if "/" in rest else None for rest in inner.values()}
        top = tops.pop()
        if tops or top is None or top.lower() in _SPLITS:
            return inner
        inner = {name: rest.split("/", 1)[1] for name, rest in inner.items()}
