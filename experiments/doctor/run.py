"""Runs that are ill in a known way, and good ones: does `ada-doctor` name each rightly?

    python -m experiments.doctor.run --out=/tmp/doctor --minutes=60
    python -m experiments.doctor.diagnose --out=/tmp/doctor --results=experiments/doctor

Trains `tiny` on pictures of 16 x 16, mostly for 6,000 images. p moves ten times as fast as `tiny` moves it,
since the runs are that much shorter than real ones. No limit of the doctor was set on these runs.
"""

from absl import app, flags

from experiments import runs
from experiments.doctor import sets
from experiments.runs import Run

FLAGS = flags.FLAGS
# Ticks and pictures often enough for curves of short runs.
USUAL = (
    "--preset=tiny", f"--resolution={sets.SIDE}", "--ada_kimg=20", "--set=kimg_per_tick=0.5", "--snap=2",
)  # fmt: skip
NO_ADA, NO_GAMMA, NO_STD = "--aug=noaug", "--gamma=0", "--set=network.mbstd_group=1"
# Forty times the usual rate, and 30,000 times the usual gamma.
FAST, RULED = "--lr=0.2", "--gamma=3000"
PAIRS = ("--adversarial=relativistic", "--r2_gamma=0.1")
CRITIC = ("--adversarial=wasserstein", "--gp=10", "--gamma=0")
KIMG = 6

# Run -> (states of which the doctor should name one first, data, flags, kimg).
BAD = {
    "fast-digits": (("diverging",), "digits", (FAST,), KIMG),
    "fast-creatures": (("diverging",), "creatures:300", (FAST,), KIMG),
    "fast-shapes": (("diverging",), "SHAPES", (FAST,), KIMG),
    "ruled-digits": (("gamma too high",), "digits", (RULED,), KIMG),
    "ruled-creatures": (("gamma too high",), "creatures:300", (RULED, NO_ADA), KIMG),
    "ruled-shapes": (("gamma too high",), "SHAPES", (RULED,), KIMG),
    "motifs-8": (("collapsed",), "creatures:8", (NO_ADA, "--batch=8"), 12),
    "motifs-20": (("collapsed",), "creatures:20", (NO_ADA,), 12),
    "motifs-classes": (("collapsed",), "ONE_A_CLASS", (NO_ADA, "--batch=8", "--cond"), 12),
    "loose-digits": (("collapsed", "losing variety", "diverging"), "digits", (NO_GAMMA, NO_STD, NO_ADA), 12),
    "loose-creatures": (("collapsed", "losing variety", "diverging"), "creatures:300", (NO_GAMMA, NO_STD, NO_ADA), 12),
    "heart-digits": (("perhaps overfitting", "memorising"), "FORTY_DIGITS", (NO_ADA,), 20),
    "heart-creatures": (("perhaps overfitting", "memorising"), "creatures:30", (NO_ADA,), 25),
    "heart-held-out": (("D remembers", "memorising"), "creatures:130", (NO_ADA, "--validation=100"), 20),
    "blank": (("blank pictures",), "BLANK", (), 3),
    "drowned": (("too much augmentation",), "PATCHES", ("--aug=fixed", "--p=1"), KIMG),
}  # fmt: skip
GOOD = {
    "digits": ("digits", (), KIMG),
    "digits-long": ("digits", (), 16),
    "digits-classes": ("digits", ("--cond",), KIMG),
    "digits-no-ada": ("digits", (NO_ADA,), KIMG),
    "digits-gamma": ("digits", ("--gamma=1",), KIMG),
    "digits-pairs": ("digits", PAIRS, KIMG),
    "digits-critic": ("digits", (*CRITIC, NO_ADA), KIMG),
    "creatures-300": ("creatures:300", (), KIMG),
    "creatures-1000": ("creatures:1000", (), KIMG),
    "creatures-no-ada": ("creatures:1000", (NO_ADA,), KIMG),
    "creatures-pairs": ("creatures:300", PAIRS, KIMG),
    "creatures-pairs-no-ada": ("creatures:100", (*PAIRS, NO_ADA), 8),
    "creatures-critic": ("creatures:300", CRITIC, KIMG),
    "creatures-hinge": ("creatures:300", ("--adversarial=hinge",), KIMG),
    "creatures-slow": ("creatures:300", ("--lr=0.0025",), KIMG),
    "creatures-gamma": ("creatures:300", ("--gamma=0.02",), KIMG),
    "creatures-held-out": ("creatures:600", ("--validation=200", "--aug=adarv"), KIMG),
    "creatures-long": ("creatures:1000", (), 12),
    "shapes": ("SHAPES", (), KIMG),
    "shapes-no-ada": ("SHAPES", (NO_ADA,), KIMG),
    "patches": ("PATCHES", (), KIMG),
    "patches-no-ada": ("PATCHES", (NO_ADA,), KIMG),
    "two-kinds": ("TWO_KINDS", (), KIMG),
}


def every(out) -> list[Run]:
    """All runs, bad ones and good ones by turns."""
    bad = [(f"bad-{name}", *rest) for name, (_, *rest) in BAD.items()]
    good = [(f"good-{name}", *rest) for name, rest in GOOD.items()]
    found = []
    for i in range(max(len(bad), len(good))):
        found += [*bad[i : i + 1], *good[i : i + 1]]
    made = []
    for name, data, more, kimg in found:
        source = data if data not in sets.DRAWN else str(sets.folder(out, data))
        made.append(Run(name, (*USUAL, f"--data={source}", *more), kimg, keep=3))
    return made


def main(_):
    sets.write(FLAGS.out)
    chosen = [run for run in every(FLAGS.out) if run.name.startswith(FLAGS.only)]
    runs.train(chosen, FLAGS.out, FLAGS.minutes)
    print(runs.describe(chosen, FLAGS.out))


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_float("minutes", 1e6, "Stop after so many, in the middle of a run if need be.")
    flags.DEFINE_string("only", "", "Runs whose names begin so.")
    app.run(main)
