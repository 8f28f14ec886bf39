"""The house as CONTRIBUTING.md describes it: order of rooms, no circles, small files, public API."""

import ast
import collections
import graphlib
import pathlib

import pytest

HOUSE = pathlib.Path(__file__).resolve().parent.parent / "ada_tf"

# The ground floor first. Rooms of one floor do not know of each other, those of the ground apart.
FLOORS = (
    (
        "errors",
        "files",
        "label_space",
        "locks",
        "loading",
        "wire",
        "images",
        "films",
        "settings",
        "channels",
        "marking",
        "marked_files",
        "png",
        "shape",
        "version",
        "formats",
        "door",
        "web",
        "downloads",
        "progress",
        "durations",
        "npz_file",
        "tf_checkpoint",
        "registry",
        "renames",
        "extensions",
    ),
    ("ops",),
    ("augment", "models"),
    ("data", "interop"),
    ("training",),
    ("inference",),
    ("metrics",),
    ("diagnosis",),
    ("cli",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# Rooms around training: what comes in, goes out, is scored and shown. The rest is the heart.
STUDIO = {"interop", "inference", "metrics", "diagnosis", "films", "downloads", "cli"}
HEART = {"ops", "augment", "models", "data", "training", "settings"}

# The same inside of a room; what is not named here may import any of it, and be imported.
INNER_FLOORS = {
    "training": ("iteration", "config", "presets", "runs", "callbacks", "session"),
    "metrics": ("measures", "images", "copies", "evaluator", "callback", "summary"),
    "diagnosis": ("evidence", "checks", "diagnosis", "run_evidence", "callback"),
}

# Rooms whose functions import others when they are called, and why.
LATE = {
    "diagnosis": "machine: a TensorFlow that does not fit is loaded by another process alone",
    "cli": "--help and a mistake in the flags are answered before TensorFlow is imported",
    "models": "settings of families are read before TensorFlow is imported, which builds networks",
}

FORBIDDEN = ("keras.src", "tensorflow.python", "tensorflow_addons")

# File names that stand in several rooms and mean the same in each.
REPEATED = {
    "blend.py": "a program and what it calls",
    "cache.py": "what is kept between runs",
    "callback.py": "the room's callback for Keras",
    "control.py": "what moves p",
    "config.py": "the room's settings",
    "directions.py": "a program and what it calls",
    "export.py": "a program and what it calls",
    "evaluate.py": "a program and what it calls",
    "film.py": "a program and what it calls",
    "generate.py": "a program and what it calls",
    "images.py": "images of a generator or data set, as bytes and as samples",
    "methods.py": "methods for limited data, in the room whose part they change",
    "names.py": "what the room's things are called outside of it",
    "registry.py": "tables that anybody may add to",
    "train.py": "a program and what it calls",
}

MAX_LINES = 560


def module_of(path: pathlib.Path) -> str:
    """The name of a module within the house: "data.sources.walk"."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_of(path): path for path in sorted(HOUSE.rglob("*.py"))}
TREES = {module: ast.parse(path.read_text()) for module, path in PATHS.items()}
DOOR = ""  # ada_tf/__init__.py knows every room
MODULES = sorted(PATHS.keys() - {DOOR})


def imports(tree, late: bool | None = None):
    """Absolute names of what is imported.

    Args:
        tree: of a module.
        late: True for imports of functions only, False for all others, None for both.
    """
    waiting = [(tree, False)]
    while waiting:
        node, inside = waiting.pop()
        if isinstance(node, ast.Import) and late in (None, inside):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and late in (None, inside):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                inner = name.removeprefix("ada_tf.") in PATHS
                yield name if inner or node.module == "ada_tf" else node.module
        function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        waiting += [(child, inside or function) for child in ast.iter_child_nodes(node)]


def arrows(module: str, late: bool | None = None) -> set[str]:
    """The modules of the house that a module imports."""
    names = imports(TREES[module], late)
    return {name.removeprefix("ada_tf.") for name in names if name.startswith("ada_tf.")}


def points_down(module: str, target: str) -> bool:
    room, other = module.split(".")[0], target.split(".")[0]
    if room != other:
        return FLOOR[other] < FLOOR[room] or FLOOR[other] == FLOOR[room] == 0
    inner = INNER_FLOORS.get(room, ())
    ours, theirs = (f"{name}.".split(".")[1] for name in (module, target))
    return not {ours, theirs} <= set(inner) or inner.index(theirs) <= inner.index(ours)


def is_private(name: str) -> bool:
    return any(f"{name}.".startswith(f"{private}.") for private in FORBIDDEN)


def test_every_room_has_a_floor():
    assert {module.split(".")[0] for module in MODULES} <= FLOOR.keys()


def test_imports_point_down():
    found = {(module, target) for module in MODULES for target in arrows(module)}
    assert {arrow for arrow in found if not points_down(*arrow)} == set()


def test_the_heart_knows_nothing_of_the_studio():
    heart = [module for module in MODULES if module.split(".")[0] in HEART]
    found = {(module, target) for module in heart for target in arrows(module)}
    assert {(m, target) for m, target in found if target.split(".")[0] in STUDIO} == set()


def test_no_circle():
    graph = {module: arrows(module) & set(MODULES) for module in MODULES}
    tuple(graphlib.TopologicalSorter(graph).static_order())


def test_functions_import_the_house_only_where_it_is_said_why():
    late = {module for module in MODULES if arrows(module, late=True)}
    assert {module.split(".")[0] for module in late} <= LATE.keys()


def test_public_api_of_tensorflow_and_keras_only():
    for module, tree in TREES.items():
        attributes = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
        spelled = [name.replace("tf.", "tensorflow.", 1) for name in attributes]
        for name in (*imports(tree), *spelled):
            assert not is_private(name), f"{module}: {name}"


def test_files_are_small():
    root = HOUSE.parent
    lines = {
        path.relative_to(root): len(path.read_text().splitlines())
        for folder in ("ada_tf", "tests", "tools", "experiments")
        for path in (root / folder).rglob("*.py")
    }
    assert {path: count for path, count in lines.items() if count > MAX_LINES} == {}


def test_a_file_name_means_one_thing():
    counts = collections.Counter(path.name for path in PATHS.values())
    del counts["__init__.py"]
    assert {name for name, count in counts.items() if count > 1} <= REPEATED.keys()


@pytest.mark.parametrize(
    ("module", "target", "down"),
    [
        ("ops.fir", "errors", True),
        ("files", "errors", True),
        ("ops.fir", "augment.layer", False),
        ("augment.layer", "models.generator", False),
        ("models.generator", "augment.layer", False),
        ("training.model", "training.iteration.step", True),
        ("training.iteration.step", "training.bounds", True),
        ("training.iteration.step", "training.config", False),
        ("training.iteration", "training.runs.lines", False),
        ("training.runs.lines", "training.callbacks.ticks", False),
        ("training.callbacks.ticks", "training.runs.lines", True),
        ("metrics.kernel", "inference.latents", True),
        ("inference.latents", "metrics.kernel", False),
        ("cli.train", "data", True),
    ],
)
def test_the_rule_itself(module, target, down):
    assert points_down(module, target) == down


@pytest.mark.parametrize(
    ("text", "now", "late"),
    [
        ("import ada_tf.errors", ["ada_tf.errors"], []),
        ("from ada_tf.ops import fir", ["ada_tf.ops.fir"], []),
        ("from ada_tf.ops import graph, conv2d_resample", ["ada_tf.ops.graph", "ada_tf.ops"], []),
        ("from ada_tf import files", ["ada_tf.files"], []),
        ("def f():\n    if 1:\n        import keras.src.x", [], ["keras.src.x"]),
        ("class A:\n    import numpy", ["numpy"], []),
    ],
)
def test_imports_are_found(text, now, late):
    assert list(imports(ast.parse(text), late=False)) == now
    assert list(imports(ast.parse(text), late=True)) == late
    assert sorted(imports(ast.parse(text))) == sorted(now + late)


def test_what_is_private():
    assert is_private("keras.src")
    assert is_private("tensorflow.python.framework")
    assert not is_private("keras.sources")
