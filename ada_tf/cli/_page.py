"""What ada-export and ada-explore have in common: a network as a page.

Imports nothing heavy, as `_program`.
"""

import os
import pathlib

from ada_tf.cli import _asking, _steering
from ada_tf.files import check_local
from ada_tf.interop.export.folders import check_page
from ada_tf.models.config import TRUNCATIONS

DIRECTIONS = 6  # of each method, where nobody has found others: as many as people try


def runtime_of(given: str | None, beside) -> pathlib.Path:
    """The folder of onnxruntime-web.

    Args:
        given: the value of --runtime.
        beside: folders where it is looked for without one.

    Raises:
        UserError: it is not there.
    """
    from ada_tf.interop.explorer.web_page import find_runtime

    if given is not None:
        check_local("runtime", given)
    return find_runtime(given, beside)


def write_page(
    network: str,
    path,
    runtime: pathlib.Path,
    *,
    weights: str | None = None,
    truncation: str | None = None,
    directions: str | None = None,
    overwrite: bool = False,
) -> pathlib.Path:
    """Write the explorer of a network.

    Args:
        network: as it was given.
        path: see `web_page.write`.
        runtime: see `runtime_of`.
        weights: see `web_page.write`.
        truncation: see `web_page.write`.
        directions: the file of ada-directions; None takes those of the run, or finds some.
        overwrite: see `web_page.write`.

    Raises:
        UserError: see `web_page.write`, or the directions are of another network.
    """
    if directions is not None:
        check_local("directions", directions)
    path = pathlib.Path(path)
    check_page(path, overwrite)
    from ada_tf.inference.generate import generator_of
    from ada_tf.interop.explorer import web_page
    from ada_tf.interop.explorer.web_networks import check_shown
    from ada_tf.models.build import check_export

    trained = _asking.open_network(network)
    check_export(trained.architecture, "web")
    check_shown(trained.architecture.shape.channels)
    generator = generator_of(trained, fp32=True)
    return web_page.write(
        generator,
        trained.architecture.shape,
        trained.label_space,
        path,
        runtime=runtime,
        name=pathlib.PurePath(network).name or "network",
        weights=weights or "float16",
        truncation=truncation or TRUNCATIONS[0],
        directions=directions_of(generator, trained, network, directions),
        overwrite=overwrite,
    )


def directions_of(generator, trained, network: str, given: str | None) -> dict:
    """Name -> Direction: of a file, of the run, or of the network as it is."""
    from ada_tf.inference.directions import FILE, read_directions
    from ada_tf.inference.find_directions import find_directions
    from ada_tf.inference.w_samples import SAMPLES, drawn_labels

    folder = _steering.folder_of(network)
    if given is None and folder is not None and os.path.exists(folder / FILE):
        given = folder
    if given is not None:
        return read_directions(given, generator)
    methods = ["sefa", "pca"] if hasattr(generator.synthesis, "styled") else ["pca"]
    labels = drawn_labels(trained.label_space, SAMPLES)
    found = find_directions(generator, methods, count=DIRECTIONS, labels=labels)
    return {name: one.direction for name, one in found.items()}
