"""Which method for few images helps, alone and beside ADA? Equal images for all of them.

    python -m experiments.methods.run --out=/tmp/methods --minutes=120
    python -m experiments.methods.run --out=/tmp/methods --list
    python -m experiments.methods.run --out=/tmp/methods --results=experiments/methods/results.jsonl

Trains `tiny` on the first 100 and 300 creatures, those runs first that say most. A run that was
stopped goes on; held-out creatures are all others.
"""

from experiments.program import program
from experiments.runs import Run

KIMG, RESOLUTION = 180, 16
AT = (80, 120)
PICTURES = (100, 300)
OFF = "--aug=noaug"
# name -> flags alone, and beside ADA. Weights are those of the papers but LeCam's: the published 3e-7
# is of logits of hundreds. None is what there is not: PA-GAN with ADA, and ADA's cheap warp without.
METHODS = {
    "nothing": ((OFF,), ()),
    "cheap": (None, ("--set=augment.resample=bilinear",)),
    "apa": (("--apa", "--augpipe=none"), ("--apa",)),
    "lecam": ((OFF, "--lecam=0.01"), ("--lecam=0.01",)),
    "relativistic": (
        (OFF, "--adversarial=relativistic", "--r2_gamma=0.1"),
        ("--adversarial=relativistic", "--r2_gamma=0.1"),
    ),
    "diffaugment": (
        ("--aug=fixed", "--p=1", "--augpipe=diffaugment"),
        ("--augpipe=diffaugment",),  # the transforms of one, the control of the other
    ),
    "diffusion": (("--augpipe=diffusion",), ("--augpipe=bgc+diffusion",)),
    "bcr": ((OFF, "--bcr=10"), ("--bcr=10",)),
    "zcr": ((OFF, "--zcr=5"), ("--zcr=5",)),
    "wasserstein": (
        (OFF, "--adversarial=wasserstein", "--gamma=0", "--gp=10"),
        ("--adversarial=wasserstein", "--gamma=0", "--gp=10"),
    ),
    "hinge": ((OFF, "--adversarial=hinge"), ("--adversarial=hinge",)),
    "spectralnorm": ((OFF, "--cmethod=spectralnorm"), ("--cmethod=spectralnorm",)),
    "auxrot": ((OFF, "--cmethod=auxrot"), ("--cmethod=auxrot", "--augpipe=color")),
    "pagan": (("--cmethod=pagan",), None),
    "adropout": (("--cmethod=adropout",), ("--cmethod=adropout", "--augpipe=bgc")),
}
PLACES = ("alone", "ada")
SEEDS = (0, 1, 2)


def every() -> list[Run]:
    """All runs, in the order in which they are worth having."""
    return [
        _run(pictures, name, place, seed)
        for seed in SEEDS
        for pictures in PICTURES
        for name in METHODS
        for place, given in zip(PLACES, METHODS[name], strict=True)
        if given is not None
    ]


def _run(pictures: int, name: str, place: str, seed: int) -> Run:
    common = ("--preset=tiny", f"--data=creatures:{pictures}", f"--resolution={RESOLUTION}")
    own = METHODS[name][PLACES.index(place)]
    return Run(f"{pictures:03d}-{name}-{place}-{seed}", (*common, f"--seed={seed}", *own), KIMG)


if __name__ == "__main__":
    program(every, AT)
