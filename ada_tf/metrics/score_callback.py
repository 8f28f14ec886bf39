"""Scores of any GAN while Keras' `fit` trains it: in its logs, with the best generator kept."""

import math
import pathlib

import keras

from ada_tf.errors import UserError
from ada_tf.files import printable, writing
from ada_tf.metrics.comparison import Comparison
from ada_tf.metrics.copies import TESTED
from ada_tf.metrics.copies.copies import describe_copies
from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.images.any_images import images_of
from ada_tf.metrics.images.arrays import BATCH
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.measures.estimate import Estimate, Scored, best_of
from ada_tf.metrics.scores import FEATURES, named, network_of


class ScoreCallback(keras.callbacks.Callback):
    """Scores a generator every few epochs, and keeps the one that does best.

    `logs` receive "kid" (or whatever is asked for) against the real images, and "val_kid" against
    those held out, each with its "..._error", so that EarlyStopping, ModelCheckpoint and CSVLogger
    can go by them: put this one before them. Between two scores the last ones stand, before the
    first NaN.

    Args:
        reals: the training images: an array, a folder, a data set; see `images_of`.
        held_out: real images that are not trained on; what is best is decided by them if there are
            any, since a generator that copies has the best scores against what it copies.
        generator: Keras model z -> images, or a function of z, float32 [N, z_dim]; None is the
            `generator` of the model that is trained.
        metrics: see `score`; the first decides what is best.
        features: see `score`.
        every: epochs between two scores.
        count: generated images; see `score`.
        copies: generated images among which copies of `reals` are looked for, 0 for none; `logs`
            receive their number, "copies", and "copies_p", the probability of as many by chance.
        save: file, "best.keras", where the best generator is kept, which is better than the one
            before by more than both scores err; None keeps none.
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
        super().__init__()
        if every < 1:
            raise UserError(f"every={every} must be at least 1.")
        self._save = None if save is None else pathlib.Path(save)
        _check_place(self._save, overwrite)
        chosen, network = named(metrics), network_of(features)
        options = {"z_dim": z_dim, "value_range": value_range, "seed": seed, "batch": batch}
        sources = {"": images_of(reals, "reals", **options)}
        if held_out is not None:
            sources["val_"] = images_of(held_out, "held_out", **options)
        self._comparisons = {
            prefix: Comparison(source, chosen, network, seed) for prefix, source in sources.items()
        }
        self._names = [
            prefix + name + end
            for prefix in sources
            for name in chosen
            for end in KINDS[name].results
        ]
        self._search, self._tested = None, copies
        if copies:
            self._search = CopySearch(sources[""], sources.get("val_"), network)
        first = next(iter(chosen))
        if not KINDS[first].decides:
            raise UserError(f"metrics={metrics!r}: {first} has no single number to choose by.")
        self._higher = KINDS[first].higher_is_better
        self._decisive = max(self._comparisons) + first + KINDS[first].results[0]
        self._copies = {"copies": math.nan, "copies_p": math.nan} if copies else {}
        self._generator, self._options = generator, options
        self.every, self.count, self.log = every, count, log
        self._best, self._last, self._fakes = None, {}, None

    @property
    def best(self) -> Estimate | None:
        """The deciding score of the generator that was kept."""
        return None if self._best is None else self._best.estimate

    def on_train_begin(self, logs=None):
        """Find the generator."""
        given = self._generator
        if given is None:
            given = getattr(self.model, "generator", None)
        if given is None:
            raise UserError("generator=None: the model that is trained has none; give one.")
        if self._save is not None and not hasattr(given, "save"):
            raise UserError(f"save={str(self._save)!r} needs a Keras model as the generator.")
        self._fakes, self._kept = images_of(given, "generator", **self._options), given

    def on_epoch_end(self, epoch, logs=None):
        """Score if it is time, and report with the results of the epoch."""
        if (epoch + 1) % self.every == 0:
            self._last = self._scores()
            self._report(epoch)
            self._look_for_copies()
            self._keep_best(epoch)
        if logs is not None:
            logs.update(self._numbers() | self._copies)

    def _look_for_copies(self):
        if self._search is None:
            return
        found = self._search(self._fakes, self._tested, drawn=1)[0]
        self._copies = {"copies": float(found.count), "copies_p": found.p}
        self.log(describe_copies(found))

    def _scores(self) -> dict[str, Estimate]:
        found = {}
        for prefix, comparison in self._comparisons.items():
            scores = comparison(self._fakes, self.count)
            found |= {prefix + name: score for name, score in scores.items()}
        return found

    def _numbers(self) -> dict[str, float]:
        """Values and errors by the names they have in `logs`."""
        numbers = {}
        for name in self._names:
            score = self._last.get(name, Estimate(math.nan))
            numbers[name] = score.value
            numbers[f"{name}_error"] = math.nan if score.error is None else score.error
        return numbers

    def _report(self, epoch):
        shown = ", ".join(f"{name} {in_words(score)}" for name, score in self._last.items())
        self.log(f"epoch {epoch + 1}: {shown}")

    def _keep_best(self, epoch: int) -> None:
        scored = Scored(epoch, self._last[self._decisive])
        if best_of([*filter(None, [self._best]), scored], self._higher) is not scored:
            return
        self._best = scored
        if self._save is not None:
            with writing(self._save):
                self._kept.save(self._save)


def in_words(score: Estimate) -> str:
    """A score with its error, as in "0.0123 +- 0.004"."""
    error = "" if score.error is None else f" +- {score.error:.2g}"
    return f"{score.value:.4g}{error}"


def _check_place(save, overwrite: bool) -> None:
    if save is None:
        return
    if save.suffix != ".keras":
        raise UserError(f"save={printable(save)!r} must end in .keras.")
    if save.exists() and not overwrite:
        raise UserError(
            f"save={printable(save)!r} is there already; give a new file, or overwrite=True."
        )
