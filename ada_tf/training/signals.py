"""Signals that stop a run, answered at once, even while TensorFlow compiles for minutes.

Python runs signal handlers between its own instructions, so not before a long call into TensorFlow
returns. The C handler of Python writes every signal into a pipe at once (`set_wakeup_fd`), and a
thread at its other end answers.
"""

import os
import signal
import threading
from collections.abc import Callable

# A closed terminal or ssh connection sends SIGHUP, schedulers send SIGTERM, Ctrl-C sends SIGINT.
STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_INTERRUPTED = 130  # exit code of Ctrl-C: 128 + SIGINT, what shells expect


class StopSignals:
    """Context that notes and answers the first signal; a second Ctrl-C ends the process.

    Signals that the process was started to ignore, as nohup does with SIGHUP, stay ignored. Outside
    of the main thread Python allows no handlers, and no signal is noted.

    Args:
        log: called with one line for the first signal.

    Attributes:
        received: name of the first signal, or None.
    """

    def __init__(self, log: Callable[[str], None]):
        self.log, self.received = log, None
        self._previous, self._thread = {}, None

    def __enter__(self) -> "StopSignals":
        if threading.current_thread() is not threading.main_thread():
            return self
        for number in STOP:
            if signal.getsignal(number) is not signal.SIG_IGN:
                # A Python handler has to exist, or the default action ends the process.
                self._previous[number] = signal.signal(number, lambda number, frame: None)
        self._out, self._in = os.pipe()
        # A full pipe must never block a signal handler.
        os.set_blocking(self._in, False)
        self._wakeup = signal.set_wakeup_fd(self._in, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error) -> None:
        if self._thread is None:
            return
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        os.close(self._in)  # ends the listener
        self._thread.join()
        os.close(self._out)

    def _listen(self):
        while heard := os.read(self._out, 64):
            for number in heard:
                if number in self._previous:
                    self._answer(signal.Signals(number))

    def _answer(self, number):
        if self.received is None:
            self.received = number.name
            again = "; another Ctrl-C ends it at once, unsaved" if number == signal.SIGINT else ""
            self.log(f"{number.name}: this batch ends, then the run is saved{again}.")
        elif number == signal.SIGINT:
            # Safe at any moment: a checkpoint is complete or not listed.
            os._exit(_INTERRUPTED)
