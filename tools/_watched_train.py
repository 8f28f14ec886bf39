"""ada-train that writes down when each phase has run for the first time, and ends after the last.

The environment says where to (`OUTPUT`) and from when to count (`STARTED`); flags are ada-train's.
"""

import json
import os
import pathlib
import time

OUTPUT, STARTED = "ADA_TF_BENCH_OUTPUT", "ADA_TF_BENCH_STARTED"


def watch() -> None:
    """Make `Step` keep phase -> seconds."""
    from ada_tf.training.iteration.step import Step

    seconds, compile_phase = {}, Step._compile

    def watched(step, phase):
        function = compile_phase(step, phase)

        def call(*arguments):
            result = function(*arguments)
            _, not_finite = result
            float(not_finite[0])  # waits for the device
            seconds.setdefault(phase.name, round(time.time() - float(os.environ[STARTED]), 1))
            if len(seconds) == len(step.phases):
                pathlib.Path(os.environ[OUTPUT]).write_text(json.dumps(seconds))
                os._exit(0)
            return result

        return call

    Step._compile = watched


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
