"""Start the machines of a cluster as processes on loopback, to try --strategy=multiworker.

    python tools/launch_local_cluster.py --workers=2 -- ada-train --preset=tiny --data=digits

Every process gets its TF_CONFIG and no GPU. Lines of machine k begin with [k]. SIGTERM and Ctrl-C
go to all; the exit code is the first one that is not 0.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

from absl import flags

from ada_tf.cli import _program

FLAGS = flags.FLAGS


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def environments(workers: int) -> list[dict[str, str]]:
    """The environment of each machine."""
    hosts = [f"127.0.0.1:{port}" for port in free_ports(workers)]
    shared = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "PYTHONUNBUFFERED": "1"}
    return [
        {
            **shared,
            "TF_CONFIG": json.dumps(
                {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
            ),
        }
        for index in range(workers)
    ]


def start(command: list[str], workers: int) -> list[subprocess.Popen]:
    """One process a machine; what they print is in `stdout`, errors included."""
    return [
        subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for env in environments(workers)
    ]


def main(argv):
    """Start, show, wait."""
    command = argv[1:]
    if os.path.basename(command[0]) == "ada-train":
        command = [sys.executable, "-m", "ada_tf.cli.train", *command[1:]]
    if not any(a.startswith("--strategy") for a in command):
        command.append("--strategy=multiworker")
    processes = start(command, FLAGS.workers)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda n, frame: [p.send_signal(n) for p in processes])

    def show(index, process):
        for line in process.stdout:
            print(f"[{index}] {line}", end="", flush=True)

    threads = [threading.Thread(target=show, args=item) for item in enumerate(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = [process.wait() for process in processes]
    sys.exit(next((code for code in codes if code), 0))


if __name__ == "__main__":
    flags.DEFINE_integer("workers", 2, "Processes to start.", lower_bound=1)
    if "--" not in sys.argv:
        sys.exit("error: write the command after --, as in the --help text.")
    at = sys.argv.index("--")
    command = sys.argv[at + 1 :]
    sys.argv = sys.argv[:at]
    _program.run(lambda argv: main([argv[0], *command]))
