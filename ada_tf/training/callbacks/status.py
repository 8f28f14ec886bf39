"""Reports of a run: status line, estimate of the time left, stats.jsonl, TensorBoard, progress bar."""

import pathlib
import resource
import statistics
import time

import keras
import tensorflow as tf

from ada_tf.training.callbacks.board import Board
from ada_tf.training.callbacks.ticks import TICK_IMAGES, Stopwatch, TickCallback, images_of
from ada_tf.training.runs import json_lines
from ada_tf.training.time_left import Goals, Pace, time_left

STATS = "stats.jsonl"
# Seconds of training until the first estimate, and between estimates within a tick. A tick of networks
# too large for their machine takes hours, and the bar is seen on a terminal alone.
SOON, AGAIN = 20, 600


def seconds_until(run_dir, images: int) -> float:
    """Return how long all sessions of a run have taken to an image counter, by the ticks before it."""
    found = {}
    for record in json_lines.read(pathlib.Path(run_dir) / STATS):
        values = [record.get(f"Timing/{name}") for name in ("sec_per_tick", "maintenance_sec")]
        means = [v.get("mean") if isinstance(v, dict) else None for v in values]
        at = images_of(record)
        if at is not None and at <= images:
            found[at] = sum(json_lines.number(mean, 0) or 0.0 for mean in means)
    return sum(found.values())


def format_time(seconds: float) -> str:
    """Format a time: 12s, 1m 02s, 1h 02m 03s, 1d 02h 03m."""
    s = round(seconds)
    if s < 60:
        return f"{s}s"
    if s < 3600:
        return f"{s // 60}m {s % 60:02d}s"
    if s < 86400:
        return f"{s // 3600}h {s // 60 % 60:02d}m {s % 60:02d}s"
    return f"{s // 86400}d {s // 3600 % 24:02d}h {s // 60 % 60:02d}m"


class StatusCallback(TickCallback):
    """Prints the status line, appends to stats.jsonl and writes TensorBoard scalars at every tick.

    Args:
        run_dir: folder of stats.jsonl and of TensorBoard's events.
        log: called with each line.
        tick_images: images between ticks.
        stopwatch: the `Stopwatch` among the callbacks before. None counts everything between two
            ticks as training, the work of the callbacks before this one included.
    """

    def __init__(self, run_dir, log=print, tick_images=TICK_IMAGES, stopwatch=None):
        super().__init__(tick_images)
        self.run_dir, self.log = pathlib.Path(run_dir), log
        self.stopwatch = stopwatch or Stopwatch(tick_images)
        self._winds = stopwatch is None  # then nobody else calls it
        self.writer = tf.summary.create_file_writer(str(run_dir))
        self._board = Board(self.writer)

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        # Records behind the checkpoint of a killed run are written again.
        json_lines.keep(self.run_dir / STATS, self._is_behind)
        # Monotonic: the wall clock may be set back while a run goes on.
        self._start = time.monotonic()
        if self._winds:
            self.stopwatch.set_model(self.model)
            self.stopwatch.on_train_begin()

    def _is_behind(self, record: dict) -> bool:
        images = images_of(record)
        return images is not None and images <= self.model.images_done

    def on_train_batch_begin(self, batch, logs=None):
        if self._winds:
            self.stopwatch.on_train_batch_begin(batch)

    def on_train_batch_end(self, batch, logs=None):
        if self._winds:
            self.stopwatch.on_train_batch_end(batch)
        super().on_train_batch_end(batch, logs)

    def on_tick(self, tick, images):
        pace = self.stopwatch.pace
        timing = {
            "total_sec": time.monotonic() - self._start,
            "sec_per_tick": self.stopwatch.seconds,
            **({} if pace is None else {"sec_per_kimg": pace * 1000}),
            "maintenance_sec": self.stopwatch.maintenance,
        }
        # The first batch compiles, and is slower than those to come.
        speed = "-" if pace is None else f"{pace * 1000:.2f}"
        p = 0.0 if self.model.augment is None else float(self.model.augment.p.numpy())
        memory = {  # ru_maxrss counts kilobytes
            "cpu_mem_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
            "peak_gpu_mem_gb": peak_gpu_memory() / 2**30,
        }
        self.log(
            f"tick {tick:<5d} kimg {images / 1000:<8.1f} time {format_time(timing['total_sec']):<12s} "
            f"sec/tick {timing['sec_per_tick']:<7.1f} sec/kimg {speed:<7s} "
            f"maintenance {timing['maintenance_sec']:<6.1f} cpumem {memory['cpu_mem_gb']:<6.2f} "
            f"gpumem {memory['peak_gpu_mem_gb']:<6.2f} augment {p:.3f}"
        )
        scalars = {
            **{
                f"Progress/{k}": v
                for k, v in (("tick", tick), ("kimg", images / 1000), ("augment", p))
            },
            **{f"Timing/{k}": v for k, v in timing.items()},
            **{f"Resources/{k}": v for k, v in memory.items()},
            **{f"Settings/{k}": v for k, v in self.model.settings_now().items()},
        }
        self._write(images, scalars)

    def _write(self, images, scalars):
        # One form for all values, so that a reader of stats.jsonl needs no list of names.
        record = {**self.model.stats.read()}
        record |= {name: {"num": 1, "mean": float(v), "std": 0.0} for name, v in scalars.items()}
        self._board.scalars(images, {name: value["mean"] for name, value in record.items()})
        json_lines.append(self.run_dir / STATS, {**record, "timestamp": time.time()})

    def on_train_end(self, logs=None):
        self.writer.close()


class EstimateCallback(TickCallback):
    """Logs the time to the next grid, to a usual length and to the end, at every tick.

    Put it behind the callbacks whose lines are to come first.

    Args:
        goals: image counters that the run heads for.
        stopwatch: measures the training.
        log: called with each line.
        tick_images: images between ticks.
    """

    def __init__(self, goals: Goals, stopwatch: Stopwatch, log=print, tick_images=TICK_IMAGES):
        super().__init__(tick_images)
        self.goals, self.stopwatch, self.log = goals, stopwatch, log
        self._snap = goals.pictures // tick_images

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._due = None
        self._costs, self._pictures_before = [], False

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self._due is None:  # the first batch, which compiles
            self._due = time.monotonic() + SOON
        elif time.monotonic() >= self._due:
            tf.test.experimental.sync_devices()  # a GPU lags behind the batches it was given
            self._say(self.stopwatch.pace_until(self.model.images_done))

    def on_tick(self, tick, images):
        if self._pictures_before:
            # What a tick with pictures cost is known one tick later.
            self._costs.append(self.stopwatch.maintenance)
        self._pictures_before = tick % self._snap == 0
        self._say(self.stopwatch.pace)

    def _say(self, image: float | None):
        if image is None or self.model.images_done >= self.goals.end:
            return
        pace = Pace(image, statistics.mean(self._costs or [0]))
        self.log(f"{'Estimate':<10s}{time_left(pace, self.goals, self.model.images_done)}")
        # Every line puts the next one off, those of ticks included.
        self._due = time.monotonic() + AGAIN


class ProgressCallback(keras.callbacks.Callback):
    """Shows a progress bar over all images, if stderr is a terminal.

    Args:
        total_images: image counter at the end.
    """

    def __init__(self, total_images: int):
        super().__init__()
        self.total_images = total_images

    def on_train_begin(self, logs=None):
        import tqdm

        # disable=None: silent unless stderr is a terminal.
        self._bar = tqdm.tqdm(
            total=self.total_images / 1000, initial=self.model.images_done / 1000, unit="kimg",
            disable=None, leave=False, bar_format="{l_bar}{bar}| {n:.1f}/{total:.0f} kimg [{elapsed}<{remaining}]",
        )  # fmt: skip

    def on_train_batch_end(self, batch, logs=None):
        self._bar.update(self.model.images_done / 1000 - self._bar.n)

    def on_train_end(self, logs=None):
        self._bar.close()


def peak_gpu_memory() -> int:
    """Return the most bytes that the first GPU had in use, 0 without one."""
    if not tf.config.list_physical_devices("GPU"):
        return 0
    return tf.config.experimental.get_memory_info("GPU:0")["peak"]
