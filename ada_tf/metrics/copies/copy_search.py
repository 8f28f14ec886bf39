"""Search for copies among generated images: by small pixels, and by the features of a network.

look_for_copies(fakes, training)[0].count  # small pixels alone need no weights
"""

import dataclasses
import functools
import hashlib

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.copies import DRAWN, TESTED, copies, verdict
from ada_tf.metrics.copies.copies import Copies, View, copies_verdict
from ada_tf.metrics.copies.neighbours import Neighbours, find_neighbours
from ada_tf.metrics.copies.small_pixels import small_pixels
from ada_tf.metrics.images.images import Images
from ada_tf.metrics.images.reals import images_of_dataset
from ada_tf.ops import tf32
from ada_tf.training.runs import json_lines

_UNSEEN = 1000  # unseen reals at most; the network sees each in both orientations
_HELD_OUT = 100  # held-out images at least; of fewer the nearest in a hundred is not known
COPIES = "copies"  # name of the metric, and of its file during training
# CopyWatch looks for copies of at most so many training images: 3 kB each stay in memory, and the
# distances of 1,000 generated images take a second.
MOST_WATCHED = 50_000


class CopySearch:
    """Search for copies, again and again as during training: all about the reals stays in memory.

    Keeps 1 kB of each training image and channel, and its features. A network looks at all training
    images once, at up to 1,000 unseen ones in both orientations, and at the generated ones in both.

    Args:
        training: the images trained on, with a `count`.
        held_out: images kept from training, which say how near images are by chance. Without them,
            or with fewer than 100, each training image beside the others says so.
        network: a FeatureNetwork, the second view; None looks at small pixels alone.
        features: float32 [count, D], of the training images by that network, if they are known.

    Raises:
        UserError: there are too few images, or they are not of one shape.
    """

    def __init__(self, training, held_out=None, network=None, features=None):
        self._training, self._network = training, network
        self.held_out = held_out is not None and held_out.count >= _HELD_OUT
        own = None if self.held_out else _spread(training.count, _UNSEEN)
        shape, self._known, points, unseen = _looked_at(training, network, own, features)
        self._shape, self._points = shape, points
        if self.held_out:
            chosen = _spread(held_out.count, _UNSEEN)
            _, _, plain, mirrored = _looked_at(held_out, network, chosen, None, shape)
            plain = [p[chosen] for p in plain]
        else:
            plain, mirrored = [p[own] for p in points], unseen
        every = [
            find_neighbours(*of_view, own) for of_view in zip(plain, mirrored, points, strict=True)
        ]
        equal = copies.equal_to_training(every)  # duplicates, which shall not move the limits
        self._unseen, self._twins = [found.of(~equal) for found in every], int(equal.sum())
        self._limits, self._below = copies.learn_limits([found.relative for found in self._unseen])

    def __call__(self, fakes, tested: int = TESTED, drawn: int = DRAWN):
        """Search generated images, once.

        Args:
            fakes: generated images.
            tested: number of images that are searched; fewer if there are no more.
            drawn: number of them on the sheet, beside the training images nearest to them.

        Returns:
            (Copies, the images uint8 [drawn * columns, H, W, C], columns): rows of a generated image
            and the training images nearest to it, the most suspicious first, for
            `ada_tf.images.save_grid`.

        Raises:
            UserError: they are of another shape than the training images.
        """
        tested = tested if fakes.count is None else min(tested, fakes.count)
        seen, digests, exact, turned, pixels, shown = [], [], [], [], [], _Shown(drawn)
        for batch in fakes.batches(tested):
            _check_shape(batch, self._shape)
            flipped = batch[:, :, ::-1]  # mirrored: training may have seen either orientation
            plain, mirrored = _views(batch, self._network), _views(flipped, self._network)
            found = [
                find_neighbours(*of_view)
                for of_view in zip(plain, mirrored, self._points, strict=True)
            ]
            hashes = _digests(batch)
            as_it_is = np.array([one in self._known for one in hashes])
            as_mirrored = np.array([one in self._known for one in _digests(flipped)])
            known = as_it_is | as_mirrored
            seen.append(found)
            digests += hashes
            exact.append(known)
            turned.append(as_mirrored & ~as_it_is)
            pixels.append(plain[0])
            over = copies.suspicion(self._seen_as(found))
            shown.add(batch, np.where(known, 0, over))
        joined = [Neighbours.joined(list(of_view)) for of_view in zip(*seen, strict=True)]
        views = self._seen_as(joined)
        result = Copies(
            training=self._training.count,
            views=views,
            unseen=len(self._unseen[0].relative),
            below=self._below,
            twins=self._twins,
            held_out=self.held_out,
            exact=np.concatenate(exact),
            turned=np.concatenate(turned),
            equal=_first_equal(digests),
            alike=copies.alike(np.concatenate(pixels), joined[0].scale, self._limits[0]),
        )
        return result, *self._sheet(result, shown)

    def _seen_as(self, found) -> tuple[View, ...]:
        names = ["small pixels"] + ([f"features of {self._network.title}"] if self._network else [])
        return tuple(map(View, names, found, self._unseen, self._limits))

    def _sheet(self, result: Copies, shown: "_Shown") -> tuple[np.ndarray, int]:
        nearest = np.array([result.seen_by(i).fakes.indices[i] for i in shown.indices])
        training = _picked(self._training, nearest.ravel())
        training = training.reshape(*nearest.shape, *training.shape[1:])
        # [drawn, 1 + neighbours, H, W, C]: a generated image, then its training images.
        rows = np.concatenate([np.array(shown.images)[:, np.newaxis], training], axis=1)
        return rows.reshape(-1, *rows.shape[2:]), rows.shape[1]


def look_for_copies(
    fakes, training, held_out=None, network=None, tested=TESTED, drawn=DRAWN, features=None
):
    """Search for copies once; arguments and results are those of `CopySearch`."""
    return CopySearch(training, held_out, network, features)(fakes, tested, drawn)


class CopyWatch:
    """Search for copies at every score of a training, by small pixels; a failure never ends the training.

    Args:
        dataset: training images, with the held-out ones as `validation`; None searches for none.
        log: called with a line if the search fails, once.
    """

    def __init__(self, dataset, log):
        self._dataset, self._log, self._search = dataset, log, None
        self._off = dataset is None or dataset.num_originals > MOST_WATCHED

    def __call__(self, fakes: Images) -> Copies | None:
        """Search generated images; None if that cannot be done."""
        if self._off:
            return None
        try:
            if self._search is None:
                held_out = self._dataset.validation
                self._search = CopySearch(
                    images_of_dataset(self._dataset), held_out and images_of_dataset(held_out)
                )
            return self._search(fakes, drawn=1)[0]
        except UserError as problem:
            self._off = True
            self._log(f"Copies are not looked for: {problem}")
            return None


def copies_line(found: Copies) -> dict:
    """Line of the metric file: copies among those tested, copies expected by chance, p-value."""
    return {
        "metric": COPIES,
        "results": {COPIES: found.count, f"{COPIES}_p": found.p},
        "tested": found.tested,
        "expected": found.expected,
        "verdict": found.verdict,
        "copying": found.copying,
        "seen_from": found.seen_from,
        "unseen": found.unseen,
    }


# Images that a line may speak of, which may be a stranger's.
_number = functools.partial(json_lines.number, least=0, most=1e12)


@dataclasses.dataclass(frozen=True)
class Record:
    """What a line of the metric file tells.

    Attributes:
        count: number of images that look like copies.
        tested: number of generated images.
        expected: number of copies expected by chance.
        verdict: "copies", "cannot tell" or "none".
        words: the verdict in words.
    """

    count: int
    tested: int
    expected: float
    verdict: str
    words: str

    @property
    def copying(self) -> bool:
        """True if the verdict is that the generator copies."""
        return self.verdict == verdict.COPIES


def read_copies_line(line: dict) -> Record | None:
    """Read a line of the metric file, which may hold anything; None if it tells of no search."""
    results = line.get("results")
    count = results.get(COPIES) if isinstance(results, dict) else None
    found = [_number(value) for value in (count, line.get("tested"), line.get("expected"))]
    if None in found:
        return None
    count, tested, expected = found
    known = verdict.of_record(line, count, expected)
    about = map(_number, (line.get("unseen"), line.get("seen_from")))
    words = verdict.in_words(known, tested, *about)
    return Record(round(count), round(tested), expected, known, words)


def copies_in_one_line(found: Copies) -> str:
    """Line of the log."""
    return (
        f"copies {found.count} of {found.tested}, {found.expected:.2g} expected by chance:"
        f" {copies_verdict(found)}"
    )


class _Shown:
    """The most suspicious images so far, of which only a few are kept.

    Attributes:
        indices, images: of these images, the most suspicious first.
    """

    def __init__(self, most: int):
        self.indices, self.images = [], []
        self._most, self._suspicion, self._seen = most, [], 0

    def add(self, batch, suspicion) -> None:
        self._suspicion += suspicion.tolist()
        self.images += list(batch)
        self.indices += range(self._seen, self._seen + len(batch))
        self._seen += len(batch)
        order = np.argsort(self._suspicion, kind="stable")[: self._most]
        for name in ("_suspicion", "images", "indices"):
            values = getattr(self, name)
            setattr(self, name, [values[i] for i in order])


def _looked_at(images, network, flipped, features, shape=None):
    """Make one pass over real images.

    Args:
        images: real images.
        network: FeatureNetwork or None.
        flipped: int64 [n], ascending, images that are looked at mirrored as well; None for none.
        features: of all of them, if they are known.
        shape: (H, W, C) that they must have; None for any.

    Returns:
        (their shape, digests of all, of each view float32 [count, D], the same of the mirrored ones).
    """
    if images.count < 2:
        raise UserError(f"{images.count} training images are too few to look for copies of them.")
    if features is not None and len(features) != images.count:
        raise UserError(
            f"features of {len(features)} images must be those of all {images.count} training images."
        )
    known, plain, mirrored, start = set(), [], [], 0
    flipped = np.zeros([0], np.int64) if flipped is None else flipped
    for batch in images.batches(images.count):
        shape = shape or batch.shape[1:]
        _check_shape(batch, shape)
        known.update(_digests(batch))
        plain.append(_views(batch, network if features is None else None))
        inside = flipped[(flipped >= start) & (flipped < start + len(batch))] - start
        if len(inside):
            mirrored.append(_views(batch[inside][:, :, ::-1], network))
        start += len(batch)
    join = lambda parts: [np.concatenate(part) for part in zip(*parts, strict=True)]  # noqa: E731
    given = [] if features is None or network is None else [np.asarray(features)]
    return shape, known, join(plain) + given, join(mirrored)


def _views(images, network) -> list[np.ndarray]:
    """Small pixels of images, and their features if there is a network."""
    found = [small_pixels(images)]
    if network is not None:
        with tf32(False):  # as all features of an evaluation
            found.append(network(np.ascontiguousarray(images))["features"])
    return found


def _check_shape(batch, shape) -> None:
    if batch.shape[1:] != shape:
        text = [" x ".join(map(str, s)) for s in (batch.shape[1:], shape)]
        raise UserError(
            f"images of {text[0]} cannot be compared with training images of {text[1]}; give images"
            " of one height, width and number of channels."
        )


def _spread(count: int, most: int) -> np.ndarray:
    """Up to `most` of `count` indices, evenly spread, int64."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _digests(images) -> list[bytes]:
    return [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]


def _first_equal(digests) -> np.ndarray:
    """The first index of the same digest, int64 [N]."""
    first = {}
    return np.array([first.setdefault(digest, i) for i, digest in enumerate(digests)])


def _picked(images, indices) -> np.ndarray:
    """Images of a source by index, read up to the last of them: uint8 [n, H, W, C]."""
    wanted, kept, start = set(indices.tolist()), {}, 0
    for batch in images.batches(max(wanted) + 1):
        kept |= {i: batch[i - start] for i in range(start, start + len(batch)) if i in wanted}
        start += len(batch)
    return np.stack([kept[i] for i in indices.tolist()])
