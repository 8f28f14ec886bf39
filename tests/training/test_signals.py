"""Signals are answered at once, ignored ones stay ignored, a second Ctrl-C ends the process."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from ada_tf.training.signals import STOP, StopSignals


@pytest.fixture(autouse=True)
def no_signal_is_ignored():
    """A suite that nohup has started ignores SIGHUP, and so would the processes it starts."""
    before = {number: signal.getsignal(number) for number in STOP}
    for number, handler in before.items():
        if handler == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def busy_outside_of_python():
    """Half a second in which the main thread runs no Python, as while TensorFlow compiles."""
    hashlib.pbkdf2_hmac("sha512", b"a" * 100, b"b", 500_000)


@pytest.mark.parametrize("number", STOP)
def test_a_signal_is_answered_while_the_main_thread_is_busy(number):
    heard = []
    with StopSignals(lambda line: heard.append((line, time.monotonic()))) as signals:
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
        busy_outside_of_python()
        done = time.monotonic()
        while not heard:
            time.sleep(0.01)
    ((line, at),) = heard
    assert at < done
    assert line.startswith(f"{signal.Signals(number).name}: this batch ends, then the run is saved")
    assert ("another Ctrl-C" in line) == (number == signal.SIGINT)
    assert signals.received == signal.Signals(number).name


def test_handlers_are_as_before_afterwards():
    before = [signal.getsignal(number) for number in STOP]
    with StopSignals(print):
        assert [signal.getsignal(number) for number in STOP] != before
    assert [signal.getsignal(number) for number in STOP] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopSignals(print) as signals:
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.05)
        assert signals.received is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_listen_to_nothing():
    def work():
        with StopSignals(print) as signals:
            found.append(signals.received)

    found = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [None]


STUCK = """
import hashlib
from ada_tf.training.signals import StopSignals
with StopSignals(lambda line: print(line, flush=True)):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha512", b"a" * 100, b"b", 500_000_000)
"""


def test_a_second_ctrl_c_ends_the_process():
    stuck = subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, text=True)
    with stuck:
        assert stuck.stdout.readline() == "ready\n"
        stuck.send_signal(signal.SIGTERM)
        assert stuck.stdout.readline().startswith("SIGTERM: ")
        stuck.send_signal(signal.SIGTERM)  # schedulers repeat themselves
        time.sleep(0.1)
        assert stuck.poll() is None
        stuck.send_signal(signal.SIGINT)
        assert stuck.wait(timeout=10) == 130
