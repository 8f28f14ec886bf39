"""Finished images of a folder or zip file, scored as they are: nothing dropped, cropped or kept."""

import concurrent.futures
import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ada_tf.data import decode
from ada_tf.data.prepared import fingerprint
from ada_tf.data.prepared.data_report import reason
from ada_tf.data.prepared.transform import MAX_UNPACKED, Budget
from ada_tf.data.sources.folders_and_archives import File
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.metrics.images.duplicates import Duplicates, equal_images
from ada_tf.metrics.images.picture_files import Form, form_of, pictures_in, pixels_of, why_not

BATCH = 32  # images looked at a time
MAX_THREADS = 16
MAX_PIXELS = 2**25  # of images decoded at the same time, unless one alone has more


class Pictures:
    """All images of a folder, its sub-folders, or a zip file, in the order of their names.

    They are read each time they are asked for, a batch at a time, and written nowhere.

    Args:
        path: of the folder or zip file.
        like: (height, width, channels, bits) that all must have, those of the real images; None
            takes them from the first.
        fit: resize images of another size as a whole (Lanczos) and show grey ones as RGB.
        batch: images at a time, fewer if they are large.
        name: of the argument, for messages.

    Attributes:
        names: of the files.
        form: size and channels of the images as they are given out.

    Raises:
        UserError: there are no images; one is broken, has another size or other channels, or is
            animated, turned or of a palette, or transparent or of 16 bits where the real images are not.
    """

    def __init__(self, path, like=None, fit=False, batch=BATCH, name="generated"):
        self._place, self._given = printable(path), f"{name}={printable(path)!r}"
        self._files = pictures_in(path, name)
        self.names = [printable(file.name) for file in self._files]
        forms = self._each(range(self.count), form_of)
        first = next((form for form in forms if isinstance(form, Form)), None)
        self.form = first if like is None else Form(*map(int, like))
        whose = "the first is" if like is None else "the real images are"
        self._refuse(
            [f if isinstance(f, str) else why_not(f, self.form, fit, whose) for f in forms]
        )
        self._originals = sorted({form for form in forms if form != self.form}, key=str)
        self.batch = max(1, min(batch, MAX_PIXELS // (self.form.height * self.form.width)))
        self._digests = [b""] * self.count

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._files)

    @property
    def duplicates(self) -> Duplicates:
        """Equal images among those that were given out so far."""
        seen = [i for i, digest in enumerate(self._digests) if digest]
        return equal_images([self._digests[i] for i in seen], [self.names[i] for i in seen])

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """The first `count` images, uint8 [N, H, W, C] at a time.

        Raises:
            UserError: there are fewer, or one is broken, which its header did not tell.
        """
        if count > self.count:
            raise UserError(
                f"{self._given} has {self.count} images, where {count} are asked for; use a metric"
                f" of at most {self.count}."
            )
        for start in range(0, count, self.batch):
            numbers = range(start, min(start + self.batch, count))
            found = self._each(numbers, self._decoded)
            if any(isinstance(image, str) for image in found):
                self._refuse(self._each(range(self.count), self._problem))
            for number, (_, digest) in zip(numbers, found, strict=True):
                self._digests[number] = digest
            yield np.stack([image for image, _ in found])

    def classes(self, count: int) -> None:
        """Nobody knows the classes of finished images."""

    def describe(self, count: int) -> str:
        """The protocol in words; equal images are told of those that were given out."""
        part = f"all {count}" if count == self.count else f"the first {count} of {self.count}"
        words = f"{part} pictures of {self._place}"
        if self._originals:
            shown = ", ".join(map(str, self._originals[:3]))
            more = " and others" if len(self._originals) > 3 else ""
            words += f", resized as a whole (Lanczos) from {shown}{more} to {self.form}"
        else:
            words += f", {self.form}, as they are"
        equal = self.duplicates.describe()
        return f"{words}, {equal}" if equal else words

    def _decoded(self, file: File) -> tuple[np.ndarray, bytes]:
        pixels = pixels_of(file, self.form)
        return pixels, fingerprint.of_image(pixels)

    def _problem(self, file: File) -> str:
        pixels_of(file, self.form)
        return ""

    def _each(self, numbers: Sequence[int], look: Callable) -> list:
        """What a function finds in each file, in threads; of those in which it fails the reason."""
        unpacked = Budget(MAX_UNPACKED)

        def one(number):
            file = self._files[number]
            try:
                with unpacked.taken(file.unpacked):
                    return look(file)
            except Exception as error:  # PIL's readers raise anything when a file is broken
                return f"cannot be scored ({reason(error)})"

        workers = min(MAX_THREADS, os.cpu_count() or 1)
        with decode.strict(), concurrent.futures.ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, numbers))

    def _refuse(self, problems: list[str]) -> None:
        """Name the first file that has a problem, and say how many have.

        Raises:
            UserError: there is one.
        """
        wrong = [number for number, problem in enumerate(problems) if problem]
        if wrong:
            many = f" (and {len(wrong) - 1} more of {self.count})" if len(wrong) > 1 else ""
            raise UserError(f"{self._given}: {self.names[wrong[0]]} {problems[wrong[0]]}{many}.")
