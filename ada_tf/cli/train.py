"""Train StyleGAN2-ADA on a folder of images.

    ada-train --preset=tiny --data=digits
    ada-train --data=photos/ --resolution=256 --mirror --outdir=runs
    ada-train --data=tfds:mnist --cond --dry_run
    ada-train --data=photos/ --resume=faces.pkl --freezed=10

The same command again continues where it stopped.
"""

import dataclasses
import functools
import json
import os
import pathlib
import sys
from collections.abc import Mapping

from ada_tf.cli import _command_line, _flags, _help, _program, _values
from ada_tf.cli._flags import option
from ada_tf.data.config import DIGITS, is_creatures
from ada_tf.data.sources.folders_and_archives import accepted, is_no_path
from ada_tf.errors import UserError
from ada_tf.files import check_local, is_web_address, printable
from ada_tf.settings import Named, SettingError, to_dict
from ada_tf.training.config import RunConfig, schema_for
from ada_tf.training.dependent_defaults import FP32, check_given
from ada_tf.training.rendezvous import MINUTES

# Endings of the files in which other programs keep weights that are not read.
_FOREIGN = (".npz", ".h5", ".keras", ".onnx")
DEFAULT_PRESET = "auto"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(_flags.Flags):
    """Flags of ada-train."""

    settings: Mapping = _flags.settings_of(RunConfig, schema_for)
    outdir: pathlib.Path = option(
        pathlib.Path("runs"), "Folder of the run directories.", read=_values.path
    )
    strategy: str = option(
        "none",
        "Devices: none (one), mirrored (all GPUs here) or multiworker (machines of TF_CONFIG or srun).",
        read=_values.text,
    )
    wait_minutes: float = option(
        MINUTES, "Minutes in which all machines of --strategy=multiworker must be there.", above=0
    )
    fp32: bool = option(
        False, "Compute everything in float32, without TF32 and without a clamp on activations."
    )
    metrics: str = option(
        "auto",
        "Scores during training, such as kid1k_held_lite0, of which the first chooses best/. auto"
        " follows the data and takes less than 2% of the time; none scores nothing.",
        read=_values.text,
    )
    metrics_every: int | None = option(None, "Ticks between scores; default: --snap.", at_least=1)
    metrics_patience: int | None = option(
        None, "Stop after this many scores in a row that were not the best.", at_least=1
    )
    download: bool = option(False, "Fetch weights that metrics need.")
    restart: bool = option(False, "Open a new run even if there is one to continue.")
    accept_changed_data: bool = option(False, "Continue a run although its images have changed.")
    dry_run: bool = option(
        False, "Say what the run will take here (networks, memory, time, disk), and stop."
    )
    json: bool = option(False, "With --dry_run, print all settings to stdout, and words to stderr.")

    def __post_init__(self):
        check_given(self.settings)
        _check_resume(self.settings.get("resume"))
        precision = self.settings.get("network.precision")
        if self.fp32 and precision not in (None, FP32["network.precision"]):
            raise SettingError(
                Named("network.precision", precision), " does not go with --fp32; give one of them."
            )
        if self.json and not self.dry_run:
            raise UserError("json=True goes with --dry_run; give both.")

    @property
    def asked(self) -> dict:
        """Path -> value of the settings that the flags ask for, --fp32 among them."""
        return {**(FP32 if self.fp32 else {}), **self.settings}


def _check_resume(resume: str | None) -> None:
    if resume is None:
        return
    if not is_web_address(resume):
        check_local("resume", resume)
    if resume.lower().endswith(_FOREIGN):
        raise UserError(
            f"resume={resume!r} must be a run directory, a checkpoint, a network folder, or a .pkl,"
            " .pt or .safetensors of StyleGAN2."
        )


def _check_source(source: str) -> None:
    """Refuse a path to data that leads nowhere, before TensorFlow is loaded.

    Raises:
        UserError: it does not exist, or is an address.
    """
    if is_no_path(source):
        return
    check_local("data", source)
    # NAME:MORE is no path, as tfds:mnist.
    if source == DIGITS or is_creatures(source) or ":" in source:
        return
    if not pathlib.Path(source).expanduser().exists():
        raise UserError(f"data={printable(source)!r} does not exist; must be {accepted()}.")


def main(flags: Flags) -> None:
    """Make the configuration of the run, and train."""
    given = flags.asked
    if "data.source" not in given:
        raise UserError(f"data is missing; give --data, {accepted()}.")
    _check_source(given["data.source"])
    _values.check_folder("outdir", flags.outdir)
    name = given.pop("preset", DEFAULT_PRESET)
    data_settings = {path: given.pop(path) for path in [*given] if path.startswith("data.")}
    from ada_tf.training import xla_cache

    xla_cache.enable()
    outdir = os.fspath(flags.outdir)
    from ada_tf.training import cluster as clusters

    # Before anything else of TensorFlow.
    cluster = clusters.start(flags.strategy, minutes=flags.wait_minutes)
    from ada_tf.data import open_dataset
    from ada_tf.data.prepared.choose_shape import MAX_DEFAULT_RESOLUTION, OF_A_CPU
    from ada_tf.diagnosis.callback import with_doctor
    from ada_tf.ops.choice import on_gpu
    from ada_tf.training import forecast
    from ada_tf.training.check_settings import check, check_data, check_early
    from ada_tf.training.presets import data_of, preset
    from ada_tf.training.runs.checkpoint import KEEP
    from ada_tf.training.runs.run_dir import find_run_dir
    from ada_tf.training.runs.trained import open_run
    from ada_tf.training.runs.transfer import (
        check_start,
        data_like,
        source_architecture,
        starting_from,
    )
    from ada_tf.training.session import check_keras, train

    check_keras()
    open_networks = open_run
    if "resume" in given:
        from ada_tf.inference.open_networks import open_trained as open_networks
        from ada_tf.interop.find_network import absolute_network

        given["resume"] = absolute_network(_values.fetched(given["resume"]))
        source = source_architecture(given["resume"], outdir, open_networks)
        given = {**starting_from(source, data_settings.get("data.cond", False)), **given}
        data_settings = {**data_like(source), **data_settings}
    data = data_of(data_settings)
    check_early(name, data, cluster.replicas, given)
    check_metrics(flags, cluster)
    log = functools.partial(print, file=sys.stderr) if flags.json else print
    largest = MAX_DEFAULT_RESOLUTION if on_gpu() else OF_A_CPU
    dataset = open_dataset(data, log, largest=largest)
    config = preset(name, data=data, dataset=dataset, replicas=cluster.replicas, settings=given)
    check(config, cluster.replicas)
    check_data(config, dataset, cluster.replicas)
    metrics = metrics_of(flags, config, dataset, cluster)
    new = flags.restart or find_run_dir(outdir, config) is None
    if new and cluster.is_chief:
        told = length(flags, config, dataset, given, cluster.replicas)
        print(told or "", end="\n" * bool(told), file=sys.stderr, flush=True)
    if not flags.dry_run:
        train(
            config, outdir, flags.restart, dataset, cluster, with_doctor(metrics, config, dataset),
            flags.accept_changed_data, open_networks,
        )  # fmt: skip
        return
    if new and config.resume is not None:
        check_start(
            config.architecture, open_networks(config.resume, "resume"), config.resume_partial
        )
    costs = forecast.costs(config, KEEP, cluster.replicas)
    if flags.json:
        print(json.dumps(to_dict(config), indent=2))
    print(costs, file=sys.stderr if flags.json else sys.stdout)


def check_metrics(flags: Flags, cluster) -> None:
    """Refuse flags of the metrics that do not go together, and names that are not known."""
    if flags.metrics in ("auto", "none"):
        if flags.metrics_patience is not None:
            raise UserError(
                f"metrics_patience={flags.metrics_patience} counts the scores of metrics that are"
                f" named, not of metrics={flags.metrics!r}; give --metrics=kid1k_full_lite0 or"
                " another."
            )
        return
    if cluster.workers > 1:
        raise UserError(
            f"metrics={flags.metrics!r} do not go with --strategy=multiworker;"
            " score the checkpoints with ada-evaluate."
        )
    from ada_tf.metrics.metric_names import parse_metrics

    parse_metrics(flags.metrics)


def metrics_of(flags: Flags, config, dataset, cluster):
    """A function that makes the callbacks of metrics of a run; None without any."""
    if flags.metrics == "none" or cluster.workers > 1:
        return None
    every = config.snap if flags.metrics_every is None else flags.metrics_every
    if flags.metrics == "auto":
        from ada_tf.metrics.callback import auto_callbacks

        return auto_callbacks(config, dataset, every)
    from ada_tf.metrics.callback import metrics_callbacks

    return metrics_callbacks(
        flags.metrics, config, dataset, every, flags.metrics_patience, flags.download
    )


def length(flags: Flags, config, dataset, settings, replicas: int = 1) -> str | None:
    """Say how long a run takes here and, if that is very long, which command would not.

    Args:
        flags: of the program.
        config: of the run.
        dataset: its data.
        settings: those that were given, without data and preset.
        replicas: devices that train together.

    Returns:
        A line; None where nobody can tell, or nothing has to be said.
    """
    from ada_tf.durations import in_words
    from ada_tf.training.forecast import seconds_of
    from ada_tf.training.smaller_run import LONG, Pictures, affordable

    seconds = seconds_of(config, replicas)
    if seconds is None:
        return None
    if seconds <= LONG:
        if flags.dry_run:  # tells more
            return None
        return f"Forecast  about {in_words(seconds)} here, by the sizes of the networks"
    told = f"warning: {config.kimg:,.10g} kimg take about {in_words(seconds)} here"
    pictures = Pictures(dataset.shape, dataset.bits, dataset.label_space, dataset.num_originals)
    found = affordable(config, pictures, settings, replicas)
    if found is None:
        return f"{told}; give a smaller --preset, --resolution or --kimg, or use a GPU."
    return (
        f"{told}; {command(flags, found.flags)} takes {in_words(found.seconds)} to"
        f" {found.kimg:,.10g} kimg, which is often enough."
    )


def command(flags: Flags, instead: Mapping[str, str]) -> str:
    """The command line of the program with other values of some flags.

    Args:
        flags: as they were given.
        instead: name -> value.
    """
    kept = {n: v for n, v in flags.given.items() if n not in (*instead, "dry_run", "json")}
    return _command_line.command("ada-train", {**kept, **instead})


def run() -> None:
    """Entry point of `ada-train`."""
    _program.run(main, Flags, groups=_help.groups_of_train, stray="data", alone_on_gpu=True)


if __name__ == "__main__":
    run()
