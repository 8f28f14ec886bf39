"""Breaks one line of `ada_tf` at a time and runs the nearest tests: what survives is not tested.

    python tools/mutate.py --count=100 --seed=1 --out=seed1.jsonl
    python tools/mutate.py --list=experiments/mutation/named.txt --out=named.jsonl
    python tools/mutate.py --rooms=elsewhere --count=100 --seed=2 --out=seed2.jsonl

The same command goes on where it was interrupted; `--again` tries survivors once more. The working
tree is not touched: mutated files exist in memory only. Programs that tests start are copies of the
process that sees them (`tests.forked`); those that decode pictures are not.

A test that fails without a mutation kills nothing, so each that has killed is run without one, too.
"""

import argparse
import ast
import collections
import functools
import json
import os
import pathlib
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT)]

import _fork_server  # noqa: E402
from _mutations import candidates_of, from_list, sample  # noqa: E402

from tests import forked  # noqa: E402
from tests.slow import SLOW  # noqa: E402

PRELOADED = ["tensorflow", "keras", "tensorflow_datasets", "scipy.linalg", "scipy.special", "sklearn.datasets",
             "PIL.Image", "tqdm", "h5py", "absl.flags", "tensorboard"]  # fmt: skip
# What is mutated, and the tests to run, besides the one of the same name.
ROOMS = {
    "ops": (
        ["ada_tf/ops/*.py"],
        ["tests/ops", "tests/golden/test_bias_act.py", "tests/golden/test_upfirdn2d.py", "tests/golden/test_modconv.py",
         "tests/models", "tests/golden/test_losses.py", "tests/conformance"],
    ),
    "augment": (
        ["ada_tf/augment/*.py"],
        ["tests/augment", "tests/golden/test_augment.py", "tests/golden/test_ada_trace.py",
         "tests/plugin/test_state.py", "tests/conformance"],
    ),
    "models": (
        ["ada_tf/models/*.py"],
        ["tests/models", "tests/golden/test_mapping.py", "tests/golden/test_discriminator_32.py",
         "tests/golden/test_synthesis_32.py", "tests/golden/test_losses.py", "tests/inference/test_generate.py",
         "tests/conformance"],
    ),
    "training": (
        ["ada_tf/training/iteration/*.py", "ada_tf/training/model.py",
         "ada_tf/training/callbacks/nan_guard.py", "ada_tf/training/callbacks/control.py"],
        ["tests/training/test_phases.py", "tests/training/test_table.py", "tests/training/test_clock.py",
         "tests/training/test_step.py", "tests/golden/test_losses.py",
         "tests/golden/test_ema.py", "tests/training/test_stats.py", "tests/training/test_control.py",
         "tests/golden/test_training_loop.py", "tests/training/test_model.py", "tests/training/test_guard.py",
         "tests/distribution/test_parts.py"],
    ),
    "metrics": (
        ["ada_tf/metrics/measures/*.py", "ada_tf/metrics/copies/*.py", "ada_tf/metrics/summary.py",
         *(f"ada_tf/metrics/{name}.py" for name in ("collect", "kinds", "names", "path_length", "gap"))],
        ["tests/golden/test_metrics.py", "tests/metrics/measures", "tests/metrics/copies",
         "tests/metrics/summary",
         *(f"tests/metrics/test_{name}.py" for name in
           ("path_length", "kinds", "names", "evaluator", "gap"))],
    ),
    "images": (["ada_tf/training/callbacks/grids.py"], ["tests/training/test_averaged_generator.py"]),
}  # fmt: skip
# The whole package but for what trains and augments, which have rooms above. Its tests are the nearest.
ELSEWHERE = "elsewhere"
_ROOMS_ABOVE = ("ada_tf/augment/", "ada_tf/training/iteration/")
MOST_TESTS = 5  # files of tests for a mutation of `ELSEWHERE`
LONGEST = 1800  # seconds of a mutant, after which it hangs


def room_of(path: str) -> str:
    """The first room that holds a file."""
    for room, (patterns, _) in ROOMS.items():
        if any(pathlib.PurePath(path).match(pattern) for pattern in patterns):
            return room
    return ELSEWHERE


def tests_of(path: str, room: str) -> list[str]:
    """Test files of the room, that of the same name included."""
    if room == ELSEWHERE:
        return nearest_tests(path)
    module = pathlib.Path(path).relative_to("ada_tf")
    found = []
    for name in [f"tests/{module.parent}/test_{module.stem}.py", *ROOMS[room][1]]:
        files = sorted((ROOT / name).glob("test_*.py")) if (ROOT / name).is_dir() else [ROOT / name]
        found += [str(file.relative_to(ROOT)) for file in files if file.exists()]
    return list(dict.fromkeys(found))


def nearest_tests(path: str) -> list[str]:
    """Test files of the same name, then those that import the module, then what imports it."""
    module, room = _dotted(ROOT / path), pathlib.PurePath(path).parts[1:-1][:1]
    users = {module}
    found = [
        test
        for test in _imports("tests")
        if test.stem
        in (f"test_{pathlib.Path(path).stem}", f"test_{pathlib.Path(path).stem.strip('_')}")
        and test.parent.relative_to(ROOT / "tests").parts[:1] == room
    ]
    for _ in range(3):
        named = [test for test, names in _imports("tests").items() if names & users]
        found += sorted(
            set(named) - set(found),
            # What imports little else is meant for it.
            key=lambda test: (_is_slow(test), len(_imports("tests")[test]), test),
        )
        users |= {_dotted(file) for file, names in _imports("ada_tf").items() if names & users}
    return [str(test.relative_to(ROOT)) for test in found[:MOST_TESTS]]


def _dotted(file: pathlib.Path) -> str:
    """The name by which a file is imported."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def _imports(folder: str) -> dict[pathlib.Path, set[str]]:
    """Each file of the package or its tests -> the modules of ours that it imports, or names in a text."""
    # With what packages offer, which stands in a .pyi.
    files = sorted(ROOT.glob(f"{folder}/**/{'test_' if folder == 'tests' else ''}*.py*"))
    files = [file for file in files if "addons" not in file.parts]  # tools/legacy_env.py runs these
    modules = {_dotted(file) for file in ROOT.glob("ada_tf/**/*.py")}
    return {file: modules & set(_names(ast.parse(file.read_text()))) for file in files}


def _names(tree) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value  # a program that is started, or a module that is patched


def _is_slow(test: pathlib.Path) -> bool:
    name = str(test.relative_to(ROOT / "tests"))
    return any(name.startswith(start) for starts in SLOW.values() for start in starts)


def sources(rooms) -> dict[str, str]:
    """Path -> text of what is mutated."""
    if list(rooms) == [ELSEWHERE]:
        files = (f for f in sorted(ROOT.glob("ada_tf/**/*.py")) if f.name != "__init__.py")
        paths = (str(f.relative_to(ROOT)) for f in files)
        return {p: (ROOT / p).read_text() for p in paths if not p.startswith(_ROOMS_ABOVE)}
    files = (f for room in rooms for pattern in ROOMS[room][0] for f in sorted(ROOT.glob(pattern)))
    return {str(file.relative_to(ROOT)): file.read_text() for file in files}


class Results:
    """What was found, a JSON line each; a name may come again, then the last counts."""

    def __init__(self, path):
        self.path, self.found = pathlib.Path(path), {}
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            self._keep(json.loads(line))

    def _keep(self, entry):
        self.found[entry["id"]] = entry

    def add(self, **entry):
        self._keep(entry)
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def status(self, identity) -> str | None:
        return self.found.get(identity, {}).get("status")


def passes(test: str, results: Results) -> bool:
    """Return True if a test file passes without a mutation, tried once; the sample goes on without others."""
    if results.status(test) is None:
        log = pathlib.Path(f"{results.path}.log")
        found = _fork_server.run(ROOT, [test], LONGEST, log=log, before=forked.serve)
        if found.status != "passed":
            print(log.read_text()[-2000:], f"{test} fails without a mutation", sep="\n", flush=True)
        status = "baseline" if found.status == "passed" else "left out"
        results.add(id=test, status=status, seconds=round(found.seconds, 1))
    return results.status(test) == "baseline"


def attempt(mutation, results: Results, room: str) -> dict:
    """Run the tests of a mutation, the nearest first, and keep what became of it."""
    changed = _fork_server.Changed(ROOT / mutation.path, mutation.after)
    tests = [t for t in tests_of(mutation.path, room) if results.status(t) != "left out"]
    while True:
        found = _fork_server.Result("passed", "no tests", 0.0)
        if tests:
            found = _fork_server.run(ROOT, tests, LONGEST, changed, before=forked.serve)
        if found.status == "passed":
            break
        # Of a mutant that hangs, or whose process died, it is not known which test it was.
        named = [test for test in tests if test in found.test] or tests
        good = [test for test in named if passes(test, results)]
        if good == named:
            break
        tests = [test for test in tests if test not in named or test in good]
    status = {"passed": "survived", "failed": "killed"}.get(found.status, found.status)
    results.add(
        id=mutation.identity, status=status, room=room, path=mutation.path,
        line=mutation.line, kind=mutation.kind, diff=mutation.diff, test=found.test,
        seconds=round(found.seconds, 1),
    )  # fmt: skip
    return results.found[mutation.identity]


def report(entries) -> str:
    """A table by room, and the diffs of what was not killed."""
    rooms = collections.defaultdict(collections.Counter)
    for entry in entries:
        rooms[entry["room"]][entry["status"]] += 1
        rooms["together"][entry["status"]] += 1
    lines = ["| room | mutations | killed | timeout | survived |", "|---|---|---|---|---|"]
    for room in [*(r for r in (*ROOMS, ELSEWHERE) if r in rooms), "together"]:
        count = rooms[room]
        lines.append(
            f"| {room} | {count.total()} | {count['killed']} | {count['timeout']} | {count['survived']} |"
        )
    for entry in entries:
        if entry["status"] != "killed":
            lines += [
                "",
                f"{entry['status']}: {entry['path']}:{entry['line']}, {entry['kind']}",
                *entry["diff"],
            ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="how many lines are broken")
    parser.add_argument("--seed", type=int, default=1, help="which")
    parser.add_argument(
        "--list", type=pathlib.Path, help="mutations written down, instead of a sample"
    )
    parser.add_argument("--rooms", default="ops,augment,models,training,metrics")
    parser.add_argument("--out", required=True, help="file of results, continued if it is there")
    parser.add_argument("--again", action="store_true", help="try what was not killed once more")
    parser.add_argument("--dry_run", action="store_true", help="show the mutations only")
    options = parser.parse_args()
    if options.list:
        chosen = from_list(options.list.read_text(), sources(ROOMS))
    else:
        files = sources(options.rooms.split(","))
        everything = [m for path, text in files.items() for m in candidates_of(path, text)]
        chosen = sample(everything, options.count, options.seed)
    if options.dry_run:
        for m in chosen:
            print(f"{m.path}:{m.line}, {m.kind}", *m.diff, "", sep="\n")
        return 0
    # One thread: a mutant takes one core, and the libraries start none before the fork.
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"} | dict.fromkeys(
        names, "1"
    )
    _fork_server.preload(PRELOADED)
    results = Results(options.out)
    everywhere = options.rooms == ELSEWHERE and not options.list
    for number, mutation in enumerate(chosen, 1):
        status = results.status(mutation.identity)
        if status is None or (options.again and status != "killed"):
            room = ELSEWHERE if everywhere else room_of(mutation.path)
            entry = attempt(mutation, results, room)
            print(f"{number}/{len(chosen)} {entry['status']} {entry['seconds']} s {mutation.path}:{mutation.line},"
                  f" {mutation.kind}; {entry['test']}", flush=True)  # fmt: skip
    print(report([results.found[m.identity] for m in chosen]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
