"""The first line of a program or of a notebook, and quiet while TensorFlow is loaded.

Loading it takes seconds, in which its C++ half writes to file descriptor 2, whatever its settings say:
which libraries it has, and an error where there merely is no GPU. That is held back, and shown if it
tells why loading failed, or why a card stays unused. Imports nothing heavy, so that programs answer --help at once.
"""

import contextlib
import glob
import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator

from ada_tf.version import __version__

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_ERRORS_ONLY = "2"
NAME = "tensorflow"
# Devices that drivers of NVIDIA make: on Linux, and on Linux in Windows.
CARDS = ("/dev/nvidia[0-9]*", "/dev/dxg")


def announce() -> None:
    """Say that TensorFlow is loaded when something first imports it, and hold back what it prints.

    Nothing is held back from who sets TF_CPP_MIN_LOG_LEVEL lower than we do, and wants to see it.
    """
    quiet = os.environ.setdefault(_LOG_LEVEL, _ERRORS_ONLY) >= _ERRORS_ONLY
    if NAME not in sys.modules:
        sys.meta_path.insert(0, _FirstImport(quiet))


class _FirstImport:
    """Finds TensorFlow once, as the finders after this one do, and has it executed by `load`.

    Wherever a program imports it first: it does so after it has looked at its flags.
    """

    def __init__(self, quiet: bool):
        self._quiet = quiet

    def find_spec(self, name, path=None, target=None):
        """See importlib.abc.MetaPathFinder."""
        if name != NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: load(module, execute, self._quiet)
        return spec


def load(module, execute: Callable, quiet: bool) -> None:
    """Execute the module of TensorFlow, look for GPUs, and say what was found.

    Args:
        module: what is filled.
        execute: fills it.
        quiet: whether what it prints is held back.
    """
    say(f"ada_tf {__version__}: loading TensorFlow")
    with _held_back() if quiet else contextlib.nullcontext(lambda: "") as told:
        execute(module)
        # Looks for the cards, which prints an error without any; starts nothing on them.
        gpus = module.config.list_physical_devices("GPU")
        unused = not gpus and _has_card()
        text = told() if unused else ""
    if unused:
        say(text)
        say(
            "warning: TensorFlow does not use the card of this machine, for the reasons above;"
            " pip install 'tensorflow[and-cuda]' brings the libraries that it needs."
        )
    names = [module.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    say(f"TensorFlow {module.__version__} on {', '.join(filter(None, names)) or _cpu_in_words()}")


def _cpu_in_words() -> str:
    """Name the CPU, for machines without a GPU."""
    count = os.cpu_count() or 1
    return f"a CPU of {count} core{'s' * (count > 1)}, without a GPU"


def _has_card() -> bool:
    """Look for a card of NVIDIA that is not hidden from TensorFlow."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible not in ("", "-1") and any(map(glob.glob, CARDS))


def say(line: str) -> None:
    """Print to stderr, where there is one; what programs print may be read by others."""
    if line and sys.stderr is not None:
        print(line.rstrip("\n"), file=sys.stderr, flush=True)


@contextlib.contextmanager
def _held_back() -> Iterator[Callable[[], str]]:
    """Keep what is written to file descriptor 2, and show it if this fails or ends the process.

    Yields:
        () -> what was written so far.
    """
    if sys.stderr is None:  # closed, and 2 perhaps the number of another file
        yield lambda: ""
        return
    with tempfile.TemporaryFile() as kept, os.fdopen(os.dup(2), "wb", 0) as shown:
        release = _show_if_this_dies(kept, shown)
        os.dup2(kept.fileno(), 2)
        try:
            yield lambda: _text(kept).decode("utf-8", "replace")
        except Exception:  # of whatever kind a broken installation raises; it goes on from here
            shown.write(_text(kept))
            raise
        finally:
            os.dup2(shown.fileno(), 2)
            release()


def _text(file) -> bytes:
    """All of a file, whose place is shared with who writes to it and stays at the end."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


def _show_if_this_dies(kept, shown) -> Callable[[], None]:
    """Have another process show a file if this one is aborted, as on processors without AVX.

    Returns:
        Ends that process, which then shows nothing.
    """
    if not hasattr(os, "fork"):
        return lambda: None
    theirs, ours = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the parent
            os.close(ours)
            if os.read(theirs, 1) == b"":  # the end: nobody is left who could write
                shown.write(_text(kept))
        os._exit(0)
    os.close(theirs)

    def release():
        os.write(ours, b"\n")
        os.close(ours)
        os.waitpid(child, 0)

    return release
