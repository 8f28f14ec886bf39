"""Train StyleGAN2-ADA on a folder of images.

    ada-train --preset=tiny --data=digits
    ada-train --data=photos/ --resolution=256 --mirror --outdir=runs
    ada-train --data=tfds:mnist --cond --dry_run
    ada-train --data=photos/ --resume=faces.pkl --freezed=10

The same command again continues where it stopped.
"""

import json
import sys

from absl import flags

from ada_tf.cli import _program, _settings, _train_help, _values
from ada_tf.data.sources.folders_and_archives import accepted
from ada_tf.errors import UserError
from ada_tf.files import check_local, is_web_address
from ada_tf.settings import Named, SettingError, flags_of, to_dict
from ada_tf.training.config import RunConfig, schema_for
from ada_tf.training.dependent_defaults import FP32, check_given

FLAGS = flags.FLAGS
# Endings of the files in which other programs keep weights that are not read.
FOREIGN = (".npz", ".h5", ".keras", ".safetensors", ".onnx")
DEFAULT_PRESET = "auto"


def define_flags(values=FLAGS) -> None:
    """Flags of the program: the settings, which come from the preset if left out, and the rest."""
    add = {"flag_values": values}
    s, i, b = flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_boolean
    for name, switch, about in _settings.flags_for(RunConfig):
        (b if switch else s)(name, None, about, **add)
    flags.DEFINE_multi_string("set", None, _settings.SET_HELP, **add)
    s("outdir", "runs", "Folder of the run directories.", **add)
    s(
        "strategy",
        "none",
        "none, mirrored (all GPUs here) or multiworker (machines of TF_CONFIG or of srun).",
        **add,
    )
    b("fp32", False, "Everything in float32, without TF32, and activations without a limit.", **add)
    s(
        "metrics",
        "auto",
        "Scores during training, such as kid1k_held_lite0; the first chooses best/. auto: chosen by"
        " the data, while they take less than 2% of the time; none.",
        **add,
    )
    i("metrics_every", None, "Ticks between scores; default --snap.", lower_bound=1, **add)
    i(
        "metrics_patience",
        None,
        "Stop after this many scores in a row that were not the best.",
        lower_bound=1,
        **add,
    )
    b("download", False, "Fetch weights that metrics need.", **add)
    b("restart", False, "Open a new run even if there is one to continue.", **add)
    b("accept_changed_data", False, "Continue a run although its images have changed.", **add)
    b("dry_run", False, "Print all settings and what the run will cost here, and stop.", **add)


def settings_of(values) -> dict:
    """Path -> value of all settings that the flags give.

    Raises:
        UserError: flags that do not go together, or a value that is not accepted.
    """
    given = _settings.given(schema_of_flags(values), values)
    check_given(given)
    _check_resume(given.get("resume"))
    if values.fp32:
        given = _in_float32(given)
    return given


def schema_of_flags(values) -> type:
    """The settings that flags may give: those of the families of networks that --set names.

    Raises:
        SettingError: a family is not known, or has no setting of a flag that was given.
    """
    assigned = (text.partition("=") for text in values["set"].value or ())
    schema = schema_for({name.strip(): value for name, _, value in assigned})
    ours = flags_of(schema)
    for flag in flags_of(RunConfig):
        if flag not in ours and values[flag].value is not None:
            raise UserError(
                f"{flag}={values[flag].value!r:.80} is no setting of this family of networks."
            )
    return schema


def _in_float32(given: dict) -> dict:
    """The settings of --fp32, beside those that were given.

    Raises:
        SettingError: a low precision was given, too.
    """
    precision = given.get("network.precision")
    if precision not in (None, FP32["network.precision"]):
        raise SettingError(
            Named("network.precision", precision), " does not go with --fp32; give one of them."
        )
    return {**FP32, **given}


def _check_resume(resume) -> None:
    if resume is None:
        return
    if not is_web_address(resume):
        check_local("resume", resume)
    if resume.lower().endswith(FOREIGN):
        raise UserError(
            f"resume={resume!r}: of other programs a .pkl of StyleGAN2-ADA or a .pt with g_ema is"
            " read; give one, or a run directory, a checkpoint or a network folder of ada_tf."
        )


def main(argv, values=FLAGS) -> None:
    """Flags to configuration to one call."""
    given = settings_of(values)
    if "data.source" not in given:
        raise UserError(f"data is missing; give --data, {accepted()}.")
    name = given.pop("preset", DEFAULT_PRESET)
    data_settings = {path: given.pop(path) for path in [*given] if path.startswith("data.")}
    from ada_tf.training import xla_cache

    xla_cache.enable()
    from ada_tf.training import cluster as clusters

    cluster = clusters.start(values.strategy)  # before anything else of TensorFlow
    from ada_tf.cli import _how_long
    from ada_tf.data import open_dataset
    from ada_tf.diagnosis.callback import with_doctor
    from ada_tf.training import forecast
    from ada_tf.training.consistency import check, check_data, check_early
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
        source = source_architecture(given["resume"], values.outdir, open_networks)
        given = {**starting_from(source, data_settings.get("data.cond", False)), **given}
        data_settings = {**data_like(source), **data_settings}
    data = data_of(data_settings)
    check_early(name, data, cluster.replicas, given)
    check_metrics(values, cluster)
    dataset = open_dataset(data)
    config = preset(name, data=data, dataset=dataset, replicas=cluster.replicas, settings=given)
    check(config, cluster.replicas)
    check_data(config, dataset, cluster.replicas)
    metrics = metrics_of(values, config, dataset, cluster)
    new = values.restart or find_run_dir(values.outdir, config) is None
    if new and cluster.is_chief:
        told = _how_long.line(values, config, dataset, given, cluster.replicas)
        print(told or "", end="\n" * bool(told), file=sys.stderr, flush=True)
    if not values.dry_run:
        train(
            config, values.outdir, values.restart, dataset, cluster, with_doctor(metrics, config, dataset),
            values.accept_changed_data, open_networks,
        )  # fmt: skip
        return
    if new and config.resume is not None:
        check_start(
            config.architecture, open_networks(config.resume, "resume"), config.resume_partial
        )
    print(json.dumps(to_dict(config), indent=2))
    # The configuration alone is JSON.
    print(forecast.costs(config, KEEP, cluster.replicas), file=sys.stderr)


def check_metrics(values, cluster) -> None:
    """Refuse flags of the metrics that do not go together, and names that are not known."""
    if values.metrics in ("auto", "none"):
        if values.metrics_patience is not None:
            raise UserError(
                f"metrics_patience={values.metrics_patience} counts the scores of metrics that are"
                f" named, not of metrics={values.metrics!r}; give --metrics=kid1k_full_lite0 or"
                " another."
            )
        return
    if cluster.workers > 1:
        raise UserError(
            f"metrics={values.metrics!r} do not go with --strategy=multiworker;"
            " score the checkpoints with ada-evaluate."
        )
    from ada_tf.metrics.metric_names import parse_metrics

    parse_metrics(values.metrics)


def metrics_of(values, config, dataset, cluster):
    """What makes the metrics callback of a run, or None without any."""
    if values.metrics == "none" or cluster.workers > 1:
        return None
    every = config.snap if values.metrics_every is None else values.metrics_every
    if values.metrics == "auto":
        from ada_tf.metrics.callback import auto_callbacks

        return auto_callbacks(config, dataset, every)
    from ada_tf.metrics.callback import metrics_callbacks

    return metrics_callbacks(
        values.metrics, config, dataset, every, values.metrics_patience, values.download
    )


def run() -> None:
    """Entry point of `ada-train`."""
    define_flags()
    _program.run(main, names=_settings.names(RunConfig), groups=_train_help.groups, stray="data")


if __name__ == "__main__":
    run()
