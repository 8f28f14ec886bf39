"""Rates of the warning of overfitting on the runs whose numbers the repository keeps, none of which set its limit.

    python -m experiments.doctor.committed > experiments/doctor/committed.md

Each state has what the discriminator says of training, held-out and generated pictures, and its KID. A warning is
right of few pictures that were seen often, and wrong of thousands.
"""

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
    """Every state once, with `pictures`, and `improved`: a later one has a better KID, None of the last."""
    found, here = {}, pathlib.Path(__file__).parents[1]
    for folder in FOLDERS:
        for name, run in tables.of_runs(states.read(here / folder / "results.jsonl")).items():
            for line in run:
                later = [other["kid"][0] for other in run if other["images"] > line["images"]]
                more = {"pictures": pictures_of(name), "alone": _alone(folder, name)}
                more["improved"] = min(later) < line["kid"][0] if later else None
                # Runs of the sweep stand in two files.
                found.setdefault((line["images"], line["kid"][0]), {**line, **more})
    return list(found.values())


def _alone(folder: str, name: str) -> bool:
    return "noaug" in name or (folder == "methods" and "-alone" in name)


def warned(line: dict) -> bool:
    """What `ada-doctor` says with held-out pictures."""
    from ada_tf.diagnosis.curve_checks import by_r_v
    from ada_tf.diagnosis.evidence import Evidence
    from ada_tf.metrics.measures.estimate import Estimate
    from ada_tf.training.presets import preset

    training, held_out, generated = (line["d"][kind]["mean"] for kind in tables.KINDS)
    r_v = Estimate((training - held_out) / (training - generated))
    found = Evidence(preset("tiny", resolution=32, channels=3), line["images"] / 1000, {}, r_v=r_v)
    return by_r_v(found) is not None


def formerly(line: dict) -> bool:
    """The alarm of before: r_t without ADA, whatever the game."""
    return line["alone"] and line["r_t"] > KNOWN and line["images"] >= OFTEN * line["pictures"]


def main():
    rows = []
    for group, (above, most) in GROUPS.items():
        of = [line for line in lines() if above < line["pictures"] <= most]
        early = [line for line in of if line["images"] < FEW * line["pictures"]]
        row = [group, f"{len(of)}"]
        for rule in (formerly, warned):
            told = [line for line in of if rule(line)]
            known = [line for line in told if line["improved"] is not None]
            better = sum(line["improved"] for line in known)
            row += [f"{len(told)}", f"{better} of {len(known)}"]
        row.append(f"{sum(map(warned, early))} of {len(early)}")
        rows.append(row)
    head = [
        "pictures", "states", "r_t, before", "of these, better later", "r_v, now", "of these, better later",
        f"now, seen below {FEW} times",
    ]  # fmt: skip
    print(tables.markdown(head, rows))


if __name__ == "__main__":
    main()
