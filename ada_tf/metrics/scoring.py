"""Scoring in one call: what ada-evaluate does, for notebooks as well.

evaluate("runs/00000-photos-auto", metrics="kid5k_full")  # {"kid5k_full": 0.0123}
"""

from collections.abc import Iterator

from ada_tf.errors import UserError
from ada_tf.metrics import curve
from ada_tf.metrics.evaluator import Evaluator, Score
from ada_tf.metrics.features import declaration, registry
from ada_tf.metrics.images.generated import BATCH
from ada_tf.metrics.names import DEFAULT, parse_metrics
from ada_tf.metrics.subject import Subject, open_subject


def evaluate(
    network,
    data=None,
    metrics=DEFAULT,
    *,
    features=None,
    reference: str | None = None,
    held_out=None,
    snapshots: bool = False,
    per_class: bool = False,
    seed: int = 0,
    batch: int = BATCH,
    weights: dict | None = None,
    cache_dir=None,
    download: bool = False,
    on_scores=None,
) -> dict:
    """Score a generator, or finished images.

    Args:
        network: a run directory, a checkpoint without its extension, a network folder, a SavedModel,
            a Generator, or what `open_subject` has opened, which takes finished images as well.
        data: the real images; see `open_subject`.
        metrics: names, a list or one string with commas, see docs/metrics.md.
        features: who looks at the images, where a name of a metric does not say: a network of
            `features.networks` such as "lite0", the .json file that declares one of your own, or a
            FeatureNetwork; None is the network that papers use for the metric.
        reference: "all", "training" or "held_out" images, what all metrics compare with, whatever
            their names say.
        held_out: real images that were not trained on; see `open_subject`.
        snapshots: score every snapshot of a run.
        per_class: score each class alone as well; see `Score.classes` of `on_scores`.
        seed: of everything random.
        batch: images at a time.
        weights: key of `features.published.WEIGHT_FILES`, such as "inception" -> file of its
            weights, for those not to be looked for.
        cache_dir: folder of weights and of statistics of real images; None is the user's cache.
        download: fetch weights that are not here.
        on_scores: called with the path of what was scored and its list of `Score`, which know
            protocol and seconds, as soon as they are there.

    Returns:
        Name of each result -> its value; with `snapshots` path of each -> such a dictionary.

    Raises:
        UserError: an argument is none of those listed, weights are missing, or there are fewer
            images than asked for.
    """
    features = declaration.chosen(features)
    parsed = parse_metrics(metrics, features, reference)
    subject = network if isinstance(network, Subject) else None
    if subject is None:
        subject = open_subject(network, data, held_out=held_out, seed=seed, batch=batch)
    options = {"paths": weights, "cache_dir": cache_dir, "download": download}
    evaluator = Evaluator(
        parsed,
        lambda name: registry.load_network(declaration.meant(name, features), **options),
        lambda: registry.load_perceptual(**options),
        subject.sets,
        cache_dir,
        per_class,
    )
    found = {}
    for state, scores in _scores(subject, evaluator, seed, snapshots):
        if on_scores is not None:
            on_scores(state, scores)
        found[state] = {name: value for score in scores for name, value in score.results.items()}
    return found if snapshots else found[subject.name]


def _scores(subject, evaluator, seed, snapshots) -> Iterator[tuple[str, list[Score]]]:
    """(what was scored, its scores): once, or for every snapshot of a run."""
    if not snapshots:
        yield subject.name, evaluator(subject.fakes, subject.generator, seed)
        return
    if subject.run_dir is None:
        raise UserError("snapshots=True scores those of a run; give a run directory.")
    yield from curve.score(
        curve.states(subject.name), subject.generator, evaluator, subject.fakes, seed
    )
