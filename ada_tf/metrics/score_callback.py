"""Scores of any GAN while Keras' `fit` trains it: in its logs, with the best generator kept."""

import math
import pathlib

from ada_tf.errors import UserError
from ada_tf.files import printable, writing
from ada_tf.metrics.callback import MetricsCallback
from ada_tf.metrics.copies import TESTED
from ada_tf.metrics.copies.copies import Copies, describe_copies
from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.images.any_images import images_of
from ada_tf.metrics.images.images import BATCH
from ada_tf.metrics.measures.estimate import Estimate, Scored, best_of, in_words
from ada_tf.metrics.schedule import EveryTicks
from ada_tf.metrics.scores import FEATURES, evaluator_of, metrics_of, network_of
from ada_tf.training.callbacks.ticks import TickCallback


class ScoreCallback(MetricsCallback):
    """Score a generator every few epochs, and keep the best one.

    `logs` receive "kid" (or whatever is asked for) against the real images, and "val_kid" against
    those held out, each with its "..._error", so that EarlyStopping, ModelCheckpoint and CSVLogger
    can go by them: put this one before them. Between two scores the last ones stand, before the
    first NaN.

    Args:
        reals: the training images: an array, a folder, a data set; see `images_of`.
        held_out: real images that are not trained on. If there are any, they decide which generator
            is the best, since one that copies has the best scores against the images it copies.
        generator: Keras model z -> images, or a function of z, float32 [N, z_dim]; None is the
            `generator` of the model that is trained.
        metrics: see `score`; the first decides which generator is the best.
        features: see `score`.
        every: epochs between two scores.
        count: generated images; see `score`.
        copies: generated images that are searched for copies of `reals`, 0 for none. `logs` receive
            their number, "copies", and "copies_p", the probability of as many by chance.
        save: file, "best.keras", of the best generator; None keeps none. A generator replaces the one
            before only if it is better by more than both scores err.
        overwrite: replace such a file of an earlier training.
        z_dim: length of the latents, where the generator does not tell.
        value_range: (black, white) of generated and real floats; None is (-1, 1).
        seed: of latents, the same each time.
        batch: images at a time.
        log: called with a line for each score.

    Raises:
        UserError: an argument is none of those; or `save` is there already.
    """

    def __init__(
        self, reals, held_out=None, generator=None, metrics="kid", features=FEATURES, *, every=1,
        count=None, copies=TESTED, save=None, overwrite=False, z_dim=None, value_range=None, seed=0,
        batch=BATCH, log=print,
    ):  # fmt: skip
        TickCallback.__init__(self)
        if every < 1:
            raise UserError(f"every={every} must be at least 1.")
        self._save = None if save is None else pathlib.Path(save)
        _check_place(self._save, overwrite)
        self._options = {"z_dim": z_dim, "value_range": value_range, "seed": seed, "batch": batch}
        self._sets = {"training": images_of(reals, "reals", **self._options)}
        prefixes = {"": "training"}
        if held_out is not None:
            self._sets["held_out"] = images_of(held_out, "held_out", **self._options)
            prefixes["val_"] = "held_out"
        self._network, self.count = network_of(features), count
        self.metrics = metrics_of(metrics, self._network, prefixes)
        # The first metric against the images that decide: held-out ones if there are any.
        self._decides = self.metrics[0 if held_out is None else len(self.metrics) // 2]
        if not self._decides.kind.decides:
            raise UserError(
                f"metrics={metrics!r}: {self.metrics[0].name} has no single number to choose by."
            )
        self._copies = lambda fakes: None
        if copies:
            search = CopySearch(self._sets["training"], self._sets.get("held_out"), self._network)
            self._copies = lambda fakes: search(fakes, copies, drawn=1)[0]
        unknown = {"copies": math.nan, "copies_p": math.nan} if copies else {}
        self._logged = _logs_of({k: Estimate(math.nan) for m in self.metrics for k in m.keys})
        self._logged |= unknown
        self._given, self._scored = generator, []
        self.schedule, self.log, self.patience, self.careful = EveryTicks(every), log, None, False

    @property
    def best(self) -> Estimate | None:
        """The deciding score of the generator that was kept."""
        best = self._best()
        return None if best is None else best.estimate

    def on_train_begin(self, logs=None):
        """Find the generator."""
        given = self._given
        if given is None:
            given = getattr(self.model, "generator", None)
        if given is None:
            raise UserError("generator=None: the model that is trained has none; give one.")
        if self._save is not None and not hasattr(given, "save"):
            raise UserError(f"save={str(self._save)!r} needs a Keras model as the generator.")
        self.generator = given
        self._fakes = images_of(given, "generator", **self._options)
        self.evaluator = evaluator_of(
            self.metrics, self._fakes, self.count, self._network, self._sets
        )

    def on_train_batch_end(self, batch, logs=None):
        """Do nothing: the clock of this callback is the epoch."""

    def on_train_end(self, logs=None):
        """Do nothing: the last epoch was scored if it was due."""

    def on_epoch_end(self, epoch, logs=None):
        """Score if it is time, and report with the results of the epoch."""
        if self.schedule.due(epoch + 1):
            self._evaluate(epoch + 1)
        if logs is not None:
            logs.update(self._logged)

    def _score(self, fakes) -> list[Score]:
        return self.evaluator(fakes, seed=self._options["seed"])

    def _record(self, scores: list[Score], copies: Copies | None, epoch: int) -> None:
        found = {name: one for score in scores for name, one in score.estimates.items()}
        self._logged |= _logs_of(found)
        shown = ", ".join(f"{name} {in_words(score)}" for name, score in found.items())
        self.log(f"epoch {epoch}: {shown}")
        if copies is not None:
            self._logged |= {"copies": float(copies.count), "copies_p": copies.p}
            self.log(describe_copies(copies))
        self._scored.append(Scored(epoch, found[self._decides.keys[0]]))

    def _best(self) -> Scored | None:
        return best_of(self._scored, self._decides.kind.higher_is_better)

    def _best_until(self, epoch: int) -> int | None:
        return self._best().images

    def _keep(self, epoch: int) -> None:
        if self._save is not None:
            with writing(self._save):
                self.generator.save(self._save)


def _logs_of(scores: dict[str, Estimate]) -> dict[str, float]:
    """Values and errors under the names they have in `logs`; NaN where unknown."""
    numbers = {}
    for name, score in scores.items():
        numbers[name] = score.value
        numbers[f"{name}_error"] = math.nan if score.error is None else score.error
    return numbers


def _check_place(save, overwrite: bool) -> None:
    if save is None:
        return
    if save.suffix != ".keras":
        raise UserError(f"save={printable(save)!r} must end in .keras.")
    if save.exists() and not overwrite:
        raise UserError(
            f"save={printable(save)!r} is there already; give a new file, or overwrite=True."
        )
