"""What ada-train says of the length of a run before it begins."""

import shlex

from ada_tf.durations import in_words
from ada_tf.training.forecast import LONG, Pictures, affordable, seconds_of


def line(values, config, dataset, settings, replicas: int = 1) -> str | None:
    """How long a run takes here, and if that is very long, which command would not.

    Args:
        values: the flags of the program.
        config: of the run.
        dataset: its data.
        settings: that were given, without data and preset.
        replicas: devices that train together.

    Returns:
        None where nobody can tell, or nothing has to be said.
    """
    seconds = seconds_of(config, replicas)
    if seconds is None:
        return None
    if seconds <= LONG:
        if values.dry_run:  # which tells more
            return None
        return f"Forecast  about {in_words(seconds)} here, by the sizes of the networks"
    told = f"warning: {config.kimg:,.10g} kimg take about {in_words(seconds)} here"
    pictures = Pictures(dataset.shape, dataset.bits, dataset.label_space, dataset.num_originals)
    found = affordable(config, pictures, settings, replicas)
    if found is None:
        return f"{told}; give a smaller --preset, --resolution or --kimg, or use a GPU."
    return (
        f"{told}; {command(values, found.flags)} takes {in_words(found.seconds)} to"
        f" {found.kimg:,.10g} kimg, which is often enough."
    )


def command(values, instead: dict[str, str]) -> str:
    """The command line of a program with other values of some flags.

    Args:
        values: the flags as they were given.
        instead: name -> value.
    """
    given = [
        argument
        for flag in (values[name] for name in values)
        if flag.present and flag.name not in (*instead, "dry_run")
        for argument in flag.serialize().splitlines()
    ]
    changed = [f"--{name}={value}" for name, value in instead.items()]
    return shlex.join(["ada-train", *given, *changed])
