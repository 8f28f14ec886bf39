"""Does the quality of StyleGAN2 turn round on 100 and 300 creatures of 16 pixels, and does ADA prevent it?

    python -m experiments.turn.run --out=/tmp/turn
    python -m experiments.turn.run --out=/tmp/turn --results=experiments/turn/results.jsonl
    python -m experiments.curves --results=experiments/turn/results.jsonl --picture=experiments/turn/curves.png

A generator of about 25,000 weights cannot learn the pictures by heart, a discriminator eight times as
wide can. Overfitting goes by epochs: 250 kimg are 2,500 of 100 pictures, and 830 of 300.
"""

from experiments.program import program
from experiments.runs import Run

KIMG, KEEP = 250, 10
AT = (20, 40, 60, 80, 100, 130, 160, 200)  # kimg that are measured, beside the last
GIVEN = (
    "--preset=tiny", "--resolution=16", "--gamma=0.01", "--ada_kimg=100",
    "--set=network.generator_channel_base=256", "--set=network.generator_channel_max=16",
    "--set=network.discriminator_channel_base=2048", "--set=network.discriminator_channel_max=128",
)  # fmt: skip
RULES = {
    "none": ("--aug=noaug",),
    "ada": ("--aug=ada",),
    "adarv": ("--aug=adarv",),
}


def every() -> list[Run]:
    """The runs; all hold the same pictures out, by which adarv steers."""
    return [
        Run(
            f"{pictures}-{seed}-{rule}",
            (
                *GIVEN, *flags, f"--data=creatures:{pictures + 50}", "--validation=50",
                f"--seed={seed}",
            ),
            KIMG,
            KEEP,
        )
        for seed in range(3)
        for pictures in (100, 300)
        for rule, flags in RULES.items()
    ]  # fmt: skip


if __name__ == "__main__":
    program(every, AT)
