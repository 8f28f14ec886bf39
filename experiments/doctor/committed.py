"""Rates of the findings about overfitting on the runs whose numbers the repository keeps, none of which set their limits.

    python -m experiments.doctor.committed > experiments/doctor/committed.md

Each state has what the discriminator says of training, held-out and generated pictures, and its KID. "D remembers" says
nothing of scores: a later one may be better. "Overfitting" says that they have turned, and to take the best snapshot:
it is wrong where a later one beats that.
"""

import json
import pathlib

from experiments import states, tables

FOLDERS = ("size_sweep", "rt_rv", "small_sets", "methods", "turn")
# Pictures of runs whose names do not begin with the number.
PICTURES = {
    "ada": 1000,
    "adarv": 1000,
    "critters": 30,
    "emoji": 100,
    "elpv": 100,
    "0": 100,
    "0.01": 100,
}
GROUPS = {"30 to 100": (0, 100), "300": (101, 300), "1,000 to 10,000": (301, 10_000)}
FEW, KNOWN, OFTEN = 200, 0.85, 50  # epochs; the rule of before: r_t without ADA


def pictures_of(name: str) -> int:
    """Number of training pictures of a run."""
    first = name.partition("-")[0]
    return PICTURES[first] if first in PICTURES else int(first)


def lines() -> list[dict]:
    """Every state once: images, pictures, r_t, r_v, kid, error, run, alone; and what became of it.

    improved, beaten: whether a later state has a better KID than this one, or than the best so far; None of the last.
    """
    found, here = {}, pathlib.Path(__file__).parents[1]
    for folder in FOLDERS:
        for name, run in tables.of_runs(states.read(here / folder / "results.jsonl")).items():
            known = {"pictures": pictures_of(name), "alone": _alone(folder, name)}
            for line in _with_future([{**_state(line), **known} for line in run]):
                # Runs of the sweep stand in two files.
                found.setdefault((line["images"], line["kid"]), line)
    return list(found.values())


def lines_of_digits() -> list[dict]:
    """The states of `experiments/turn`, a hundred digits of 8x8, most of which do turn."""
    found = []
    path = pathlib.Path(__file__).parents[1] / "turn" / "digits.jsonl"
    for run in map(json.loads, path.read_text().splitlines()):
        states_of = [
            {
                "images": 1000 * line["kimg"],
                "pictures": 100,
                "r_t": line["rt"],
                "r_v": line["rv"],
                "alone": "none" in run["run"],
                "kid": line["kid"],
                "error": ERROR * line["kid"],
            }
            for line in run["lines"]
        ]
        found += _with_future(states_of)
    return found


# Part of KID that is its standard error: the median of the states that keep it. Digits keep none.
ERROR = 0.027


def _state(line: dict) -> dict:
    training, held_out, generated = (line["d"][kind]["mean"] for kind in tables.KINDS)
    return {
        "images": line["images"],
        "r_t": line["r_t"],
        "r_v": (training - held_out) / (training - generated),
        "kid": line["kid"][0],
        "error": line["kid"][1],
    }


def _with_future(run: list[dict]) -> list[dict]:
    """Add to states, the oldest first, what is known so far and what comes: behind, improved, beaten."""
    from ada_tf.metrics.measures.estimate import Estimate, Scored, best_of, difference

    scored = [Scored(line["images"], Estimate(line["kid"], line["error"])) for line in run]
    for i, line in enumerate(run):
        best = best_of(scored[: i + 1]).estimate
        later = min((other["kid"] for other in run[i + 1 :]), default=None)
        line["behind"] = difference(scored[i].estimate, best)
        line["improved"] = None if later is None else later < line["kid"]
        line["beaten"] = None if later is None else later < best.value
    return run


def _alone(folder: str, name: str) -> bool:
    return "noaug" in name or (folder == "methods" and "-alone" in name)


def told(line: dict) -> str | None:
    """State that `ada-doctor` names with held-out pictures."""
    from ada_tf.diagnosis.curve_checks import by_r_v
    from ada_tf.diagnosis.evidence import Evidence
    from ada_tf.metrics.measures.estimate import Estimate
    from ada_tf.training.presets import preset

    config = preset("tiny", resolution=32, channels=3)
    r_v, behind = Estimate(line["r_v"]), ("KID", line["behind"])
    found = by_r_v(Evidence(config, line["images"] / 1000, {}, r_v=r_v, behind=behind))
    return None if found is None else found.state


def formerly(line: dict) -> bool:
    """The alarm of before: r_t without ADA, whatever the game."""
    return line["alone"] and line["r_t"] > KNOWN and line["images"] >= OFTEN * line["pictures"]


def part(lines: list[dict], what: str) -> str:
    """How many of the states that are not the last of their runs have a better one later."""
    known = [line[what] for line in lines if line[what] is not None]
    return f"{sum(known)} of {len(known)}"


def main():
    groups = {
        name: [line for line in lines() if above < line["pictures"] <= most]
        for name, (above, most) in GROUPS.items()
    }
    groups["100 digits of 8x8"] = lines_of_digits()
    rows = []
    for name, of in groups.items():
        before = [line for line in of if formerly(line)]
        remembers, overfitting = (
            [line for line in of if told(line) == state] for state in ("D remembers", "overfitting")
        )
        early = [line for line in of if line["images"] < FEW * line["pictures"]]
        warned = sum(told(line) is not None for line in early)
        rows.append(
            [
                name,
                f"{len(of)}",
                f"{len(before)}",
                part(before, "improved"),
                f"{len(remembers)}",
                part(remembers, "improved"),
                f"{len(overfitting)}",
                part(overfitting, "beaten"),
                f"{warned} of {len(early)}",
            ]
        )
    head = [
        "pictures", "states", "r_t, before", "better later", "D remembers", "better later",
        "overfitting", "best beaten later", f"told, seen below {FEW} times",
    ]  # fmt: skip
    print(tables.markdown(head, rows))


if __name__ == "__main__":
    main()
