"""Results of tools/bench_suite.py as Markdown. Whatever is missing, because it was killed, shows as -."""

import re

PHASES = ("Gmain", "Greg", "Dmain", "Dreg")
# What every figure of speed is compared with (docs/performance.md).
REFERENCE = "The official PyTorch code takes 9.92 to 10.09 sec/kimg on an H100, 256x256, batch 16."
# Last lines of a log that say what failed, or what a program without figures found.
SHOWN = 8
REMARK = re.compile(r"[IWE]\d{4} \d\d:|WARNING: All log messages")


def report(about: dict, entries: dict[str, dict]) -> str:
    """All tables that something was measured for."""
    figures = {name: entry["figures"] for name, entry in entries.items() if "figures" in entry}
    title = "# Rehearsal: sizes that mean nothing" if about["rehearsal"] else "# Figures"
    parts = [f"{title}\n\nCard: {about['card']}. {', '.join(about['libraries'])}."]
    parts += [_states(entries)]
    for kind, section in SECTIONS.items():
        chosen = {name: f for name, f in figures.items() if kind in f}
        if chosen:
            parts.append(section(chosen))
    parts += [_tail(name, entry) for name, entry in entries.items() if _has_tail(entry)]
    return "\n\n".join(parts) + "\n"


def table(head: list[str], rows: list[list]) -> str:
    """A table of Markdown; None is a dash."""
    rows = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join('-' if c is None else str(c) for c in r)} |" for r in rows)


def _states(entries):
    rows = [[name, state_of(entry), entry.get("seconds")] for name, entry in entries.items()]
    return table(["measurement", "state", "s"], rows)


def state_of(entry: dict) -> str:
    """In words."""
    if entry["state"] == "begun":
        return f"not ended, begun {entry['begun']} times" if entry["begun"] > 1 else "not ended"
    return f"failed: {entry['reason']}" if entry["state"] == "failed" else "done"


def _golden(figures):
    parts = []
    for name, f in figures.items():
        rows = [
            [file, found["passed"], found["failed"], "; ".join(found["tolerances"]) or None]
            for file, found in f["golden"].items()
        ]
        parts.append(f"## {name}: against numbers of the reference\n")
        parts.append(table(["tests", "passed", "failed", "tolerances"], rows))
        parts += [f"\nFailed: {test}: `{why}`" for test, why in f["failures"].items()]
    return "\n".join(parts)


def _ada_train(figures):
    head = ["run", "sec/kimg, later half of the ticks", "by tick", "peak GB", "R1, path length", "warnings"]  # fmt: skip
    rows = []
    for name, f in figures.items():
        penalties = (
            f"{found['records']} records, {'finite' if found['finite'] else 'NOT FINITE'}"
            for found in f["penalties"].values()
        )
        ticks = " ".join(map(str, f["ada_train"]))
        rows.append([name, f["sec_per_kimg"], ticks, f["peak_gpu_gb"], "; ".join(penalties), len(f["warnings"])])  # fmt: skip
    return f"## ada-train\n\n{REFERENCE}\n\n{table(head, rows)}"


def _phases(figures):
    head = ["run", "sec/kimg", "ms: G, path length, D, R1", "of it kernels", "peak GB", "with tuning",
            "compiled and run once, s", "of matrix rate", "of copy rate"]  # fmt: skip
    rows = []
    for name, f in figures.items():
        phases = [f["phases"].get(phase, {}) for phase in PHASES]
        rows.append([
            name, f.get("sec_per_kimg"), *(", ".join(str(p.get(key, "-")) for p in phases) for key in ("ms", "device_ms")),
            f.get("peak_gpu_gb"), f.get("peak_gpu_gb_with_tuning"), f.get("ready_s"),
            *(f"{f[key]:.0%}" if key in f else None for key in ("fraction_of_matrix_rate", "fraction_of_copy_rate")),
        ])  # fmt: skip
    return f"## Iterations\n\n{table(head, rows)}"


def _starts(figures):
    head = [
        "run",
        "cache",
        "first optimizer step, s",
        "every phase has run, s",
        "sec/kimg after that",
    ]
    found = ("first_optimizer_step_s", "first_iteration_s", "sec_per_kimg")
    rows = [
        [name, start, *map(f[start].get, found)]
        for name, f in figures.items()
        for start in ("cold", "cached")
        if start in f
    ]
    return f"## Starts\n\n{table(head, rows)}"


def _images(figures):
    rows = [
        [name, way, rate] for name, f in figures.items() for way, rate in f["images_per_s"].items()
    ]
    return "## Inference\n\n" + table(["run", "way", "images/s"], rows)


# A key that only figures of this kind have -> what makes a section of them.
SECTIONS = {
    "golden": _golden, "ada_train": _ada_train, "phases": _phases, "cold": _starts,
    "images_per_s": _images,
}  # fmt: skip


def _has_tail(entry):
    return entry["state"] == "failed" or (entry["state"] == "done" and "figures" not in entry)


def _tail(name, entry):
    lines = entry["tail"]
    if entry["state"] == "done":  # TensorFlow's remarks explain failures only
        lines = [line for line in lines if not REMARK.match(line)]
    lines = lines[-SHOWN:] or ["(nothing printed)"]
    return f"## {name}, {state_of(entry)}\n\n" + "\n".join(f"    {line}" for line in lines)
