"""Run the augmentation's tests beside Keras 2, in environments made for it.

    python tools/legacy_env.py FOLDER

makes, and at the next call finds again, below FOLDER

    addons/     Python 3.11, TensorFlow 2.15.1, tensorflow-addons 0.23: the extra `ada_tf[addons]`
    tf_keras/   Keras 2 for the TensorFlow of the Python that runs this, if that is 2.16 or later

and runs the tests of the augmentation in both at once. Without a Python 3.11 the first is skipped, and
says so. Exits with 1 if a test fails.
"""

import argparse
import concurrent.futures
import configparser
import importlib.metadata
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What is said of outputs follows from their numbers alone.
TESTS = ["tests/augment", "tests/plugin", "--ignore=tests/plugin/test_right_and_wrong.py"]
# The pure functions do not know Keras.
KERAS_TESTS = [
    "tests/augment/test_layer.py",
    "tests/augment/test_callback.py",
    "tests/augment/test_controller.py",
    "tests/augment/test_methods.py",
    "tests/augment/test_check.py",
    "tests/augment/test_fits.py",
    "tests/augment/test_metric.py",
    "tests/augment/test_right_uses.py",
    "tests/augment/test_use.py",
    "tests/augment/test_wrong_uses.py",
    "tests/plugin/test_gans.py",
    "tests/plugin/test_methods.py",
    "tests/plugin/test_state.py",
]
PYTHON = "3.11"  # the last version with wheels of tensorflow-addons


def requirements() -> list[str]:
    """What setup.cfg asks for with the extra `addons`, and the test runner."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    needed = config["options"]["install_requires"] + config["options.extras_require"]["addons"]
    lines = [line.strip() for line in needed.splitlines()]
    return [line for line in lines if line and not line.startswith("#")] + [
        "pytest",
        "pytest-timeout",
    ]


def find_python(candidates) -> str | None:
    """The first that runs and is Python 3.11."""
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in candidates:
        try:
            run = subprocess.run(
                [candidate, "-c", program], capture_output=True, text=True, check=False
            )
        except OSError:
            continue
        if run.stdout.strip() == PYTHON:
            return candidate
    return None


def unless_done(folder: pathlib.Path, wanted: str, make) -> None:
    """Make an environment, or keep the one that was made for the same requirements."""
    stamp = folder / "made-for.txt"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    make()
    stamp.write_text(wanted)


def run_tests(title: str, python: str, tests: list[str], **environment) -> bool:
    # Old TensorFlow warns of itself.
    command = [python, "-m", "pytest", "-W", "default", "--disable-warnings", *tests]
    variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=variables, check=False, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    print(f"\n== {title}\n{done.stdout}", flush=True)
    return done.returncode == 0


def beside_addons(folder: pathlib.Path, arguments) -> bool:
    """TensorFlow 2.15.1 and tensorflow-addons."""
    python = find_python([arguments.python, sys.executable])
    if python is None:
        print(f"== addons: SKIPPED, because {arguments.python} is not a working Python {PYTHON}.")
        return True
    program = str(folder / "bin" / "python")

    def make():
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [program, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", *requirements()], check=True)
        subprocess.run([*pip, "check"], check=True)

    unless_done(folder, "\n".join(requirements()), make)
    # The compiled operations of tensorflow-addons have no gradients.
    variables = {"PYTHONPATH": str(ROOT), "TF_ADDONS_PY_OPS": "1"}
    title = "TensorFlow 2.15.1, Keras 2, tensorflow-addons 0.23"
    return arguments.build or run_tests(title, program, TESTS, **variables)


def beside_tf_keras(folder: pathlib.Path, arguments) -> bool:
    """Keras 2 for the TensorFlow at hand."""
    version = importlib.metadata.version("tensorflow")
    major, minor = version.split(".")[:2]
    if (int(major), int(minor)) < (2, 16):
        print(f"== tf_keras: not needed, Keras 2 is part of TensorFlow {version}.")
        return True
    wanted = f"tf_keras ~= {major}.{minor}.0"

    def make():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        options = ["--quiet", "--no-deps", "--upgrade", "--target", str(folder)]
        subprocess.run([*pip, "install", *options, wanted], check=True)

    unless_done(folder, wanted, make)
    variables = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "TF_USE_LEGACY_KERAS": "1"}
    title = f"TensorFlow {version}, tf_keras"
    return arguments.build or run_tests(title, sys.executable, KERAS_TESTS, **variables)


ENVIRONMENTS = {"addons": beside_addons, "tf_keras": beside_tf_keras}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path, help="where the environments are kept")
    parser.add_argument("--python", default=f"python{PYTHON}", help="a Python 3.11")
    parser.add_argument("--only", choices=list(ENVIRONMENTS), help="one of the two")
    parser.add_argument("--build", action="store_true", help="make them and run no tests")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    names = [arguments.only] if arguments.only else list(ENVIRONMENTS)
    with concurrent.futures.ThreadPoolExecutor() as pool:  # a core for each
        good = list(pool.map(lambda name: ENVIRONMENTS[name](folder / name, arguments), names))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
