"""Which callbacks move p, by the configuration of a run."""

from ada_tf.augment import AdaCallback
from ada_tf.training.callbacks.validation import ValidationCallback
from ada_tf.training.config import RunConfig


def ada_callbacks(model, config: RunConfig, dataset, log=print) -> list:
    """The callbacks for `fit` that move p as ada-train does; none where p stands still.

    Args:
        model: of `build_model`.
        config: of the run.
        dataset: the training images, with those held out for the heuristic r_v.
        log: called with each warning, one sentence.

    Returns:
        In the order in which `fit` is to call them, before all others.
    """
    augment = config.augment
    if augment.mode not in ("ada", "adarv"):
        return []
    mover = AdaCallback(
        model.augment,
        target=augment.target,
        kimg=augment.kimg,
        interval_images=augment.interval * config.batch,
        statistic="rv" if augment.mode == "adarv" else "rt",
        cap=augment.cap,
        log=log,
    )
    if augment.mode == "ada":
        return [mover]
    return [ValidationCallback(dataset.validation, config.batch), mover]
