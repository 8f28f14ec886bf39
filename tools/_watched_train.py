"""ada-train that writes down when each phase has run for the first time, times some iterations, and ends.

The environment says where to (`OUTPUT`) and from when to count (`STARTED`); flags are ada-train's.
"""

import json
import os
import pathlib
import time

OUTPUT, STARTED = "ADA_TF_BENCH_OUTPUT", "ADA_TF_BENCH_STARTED"
ITERATIONS = 32  # that are timed; a multiple of 16 holds every phase in its share


def watch() -> None:
    """Make `Step` keep phase -> seconds, time iterations after those, and end the process."""
    from ada_tf.training.iteration.step import Step

    compile_phase, iterate = Step._compile, Step.__call__
    seconds, start = {}, []

    def watched(step, phase):
        function = compile_phase(step, phase)

        def call(*arguments):
            result = function(*arguments)
            if phase.name not in seconds:
                float(result[1][0])  # waits for the device
                seconds[phase.name] = round(time.time() - float(os.environ[STARTED]), 1)
            return result

        return call

    def counted(step, images, labels, batch):
        result = iterate(step, images, labels, batch)
        number = step.clock.images // batch
        if number == 0:  # every phase has been due, and is compiled
            write(phases_s=seconds)
            start.append(time.monotonic())
        if number == ITERATIONS:
            for bad in result[1].values():
                float(bad[0])
            took = (time.monotonic() - start[0]) / ITERATIONS
            write(phases_s=seconds, sec_per_kimg=round(took / batch * 1000, 3))
            os._exit(0)
        return result

    Step._compile, Step.__call__ = watched, counted


def write(**found) -> None:
    """Keep what is known, for whoever started this process."""
    pathlib.Path(os.environ[OUTPUT]).write_text(json.dumps(found))


def main(flags) -> None:
    """Train as ada-train does."""
    from ada_tf.cli import train
    from ada_tf.training import xla_cache

    xla_cache.enable()  # before `watch` imports TensorFlow
    watch()
    train.main(flags)


if __name__ == "__main__":
    from ada_tf.cli import _program, train

    _program.run(main, train.Flags)
