"""Programs in processes of their own, without 6 CPU seconds for the import of TensorFlow in each.

    done = forked.run([sys.executable, "-m", "ada_tf.cli.train", *flags])

`run` and `start` are as `subprocess.run` and `subprocess.Popen`, for commands of this Python with -m or
-c. `tests.all` serves them: its server has imported TensorFlow and run nothing of it, and a program is
a copy of the server. Where nobody serves, as under plain pytest, a program starts afresh.

With `SHORT` in the environment of the test, a served program is `short`, for tests of what stands
around iterations. tests/cli/test_train.py, test_shapes.py and tests/distribution run graphs.
"""

import contextlib
import io
import json
import os
import pathlib
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types

SHORT = "ADA_TF_TESTS_SHORT"  # "grids" shortens those alone
_PLACE = "ADA_TF_TESTS_FORKED"  # of the socket, for all that `tests.all` starts
_MESSAGE = 1 << 17  # bytes: an environment and a command
_spent = 0.0


def spent() -> float:
    """Return CPU seconds of the programs that this process has seen end."""
    return _spent


def run(command, *, cwd=None, env=None, timeout=None, capture_output=True, text=True):
    """Run a program to its end; what it writes is captured as text."""
    if not _is_served(command):
        return subprocess.run(
            command, cwd=cwd, env=env, timeout=timeout, capture_output=capture_output, text=text
        )  # fmt: skip
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        program = Program(command, cwd, env, out.fileno(), err.fileno())
        try:
            code = program.wait(timeout)
        except subprocess.TimeoutExpired:
            program.send_signal(signal.SIGKILL)
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read())


@contextlib.contextmanager
def short(traced=False):
    """Run iterations as Python, unless `traced`, and draw grids of 4 x 4 at 16 pixels, not 32 x 32.

    Tracing the smallest networks takes as long as 20 iterations.
    """
    import tensorflow as tf

    from ada_tf.training.callbacks import grids

    side, grids._CPU_PIXELS = grids._CPU_PIXELS, 64
    tf.config.run_functions_eagerly(not traced)
    try:
        yield
    finally:
        grids._CPU_PIXELS = side
        tf.config.run_functions_eagerly(False)


def start(command, *, env=None, reads: bool, errors=False):
    """Start a program; `reads` tells whether the caller reads its `stdout`, `errors` whether both outputs."""
    if not _is_served(command):
        out = subprocess.PIPE if reads else subprocess.DEVNULL
        err = subprocess.STDOUT if errors else subprocess.DEVNULL
        return subprocess.Popen(command, stdout=out, stderr=err, env=env, text=True)
    with open(os.devnull, "w") as nothing:
        if not reads:
            return Program(command, None, env, nothing.fileno(), nothing.fileno())
        read, write = os.pipe()
        program = Program(command, None, env, write, write if errors else nothing.fileno())
        os.close(write)
        program.stdout = open(read)  # noqa: SIM115 (closed with the program)
        return program


def _is_served(command) -> bool:
    return _PLACE in os.environ and command[0] == sys.executable and command[1] in ("-m", "-c")


class Program:
    """What the tests use of `subprocess.Popen`."""

    def __init__(self, command, cwd, env, out: int, err: int):
        environment = dict(os.environ if env is None else env)
        if SHORT in os.environ:
            environment[SHORT] = os.environ[SHORT]
        asked = {"words": command[1:], "cwd": str(cwd or os.getcwd()), "environment": environment}
        self.args, self.stdout, self.returncode = command, None, None
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server.connect(os.environ[_PLACE])
        socket.send_fds(self._server, [json.dumps(asked).encode()], [out, err])
        self.pid = int(self._server.recv(100))

    def wait(self, timeout=None) -> int:
        """Wait for its end; returns the exit code, -N for a signal."""
        global _spent
        if self.returncode is None:
            if not select.select([self._server], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            code, seconds = self._server.recv(100).split()
            self.returncode = int(code)
            _spent += float(seconds)
            self._server.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def communicate(self, timeout=None) -> tuple[str, None]:
        """Read what it writes to its end, and wait; kills one that takes longer."""
        timer = threading.Timer(
            timeout or threading.TIMEOUT_MAX, os.kill, (self.pid, signal.SIGKILL)
        )
        timer.daemon = True
        timer.start()
        with self:
            text = self.stdout.read()
        timer.cancel()
        return text, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stdout.close()
        self.wait()


# The server


def serve() -> int:
    """Start the server, a copy of this process; returns its number."""
    place = pathlib.Path(tempfile.mkdtemp()) / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(place))
        listener.listen(64)
        ours = os.getpid()
        if child := os.fork():
            os.environ[_PLACE] = str(place)
            return child
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # its copies need no burial
        while os.getppid() == ours:
            if not select.select([listener], [], [], 5)[0]:
                continue
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _keep(connection)
            connection.close()
    os._exit(0)


def _keep(client) -> None:
    """Start the program, tell its number and its end. Only the program returns, as an exception."""
    asked, (out, err), *_ = socket.recv_fds(client, _MESSAGE, 2)
    child = os.fork()
    if child == 0:
        client.close()
        _become(out, err, **json.loads(asked))
    os.close(out)
    os.close(err)
    with contextlib.suppress(OSError):  # nobody waits any more
        client.send(str(child).encode())
        _, status, usage = os.wait4(child, 0)
        seconds = usage.ru_utime + usage.ru_stime
        client.send(f"{os.waitstatus_to_exitcode(status)} {seconds}".encode())
    os._exit(0)


def _become(out: int, err: int, words, cwd: str, environment: dict) -> None:
    """Run what Python would; ends the interpreter as Python would."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    bytes_out, bytes_err = (io.BufferedWriter(io.FileIO(n, "w", closefd=False)) for n in (1, 2))
    sys.stdout = io.TextIOWrapper(bytes_out)
    sys.stderr = io.TextIOWrapper(bytes_err, errors="backslashreplace", line_buffering=True)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    if SHORT in environment:
        short(traced=environment[SHORT] == "grids").__enter__()  # until the program ends
    (option, program, *arguments), main = words, types.ModuleType("__main__")
    sys.path[0] = cwd if option == "-m" else ""
    sys.argv = [option, *arguments]
    if option == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        sys.modules["__main__"] = main
        exec(compile(program, "<string>", "exec"), main.__dict__)
    raise SystemExit(0)
