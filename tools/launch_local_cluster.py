"""Start the machines of a cluster as processes on loopback, to try --strategy=multiworker.

    python tools/launch_local_cluster.py --workers=2 -- ada-train --preset=tiny --data=digits

Every process gets no GPU and the variables of a cluster, by --launcher those of TensorFlow or Slurm. Lines of machine k begin with [k]. SIGTERM and Ctrl-C go to all; the exit
code is the first one that is not 0.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

from absl import app, flags

from ada_tf.cli import _program

FLAGS = flags.FLAGS


def free_ports(count: int) -> list[int]:
    """Find ports that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def tf_config(index: int, ports: list[int]) -> dict[str, str]:
    """Return the variable that TensorFlow itself reads."""
    hosts = [f"127.0.0.1:{port}" for port in ports]
    config = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
    return {"TF_CONFIG": json.dumps(config)}


def slurm(index: int, ports: list[int]) -> dict[str, str]:
    """Return the variables of srun; the name of the node must be one that resolves."""
    return {
        "SLURM_JOB_ID": str(ports[0]),
        "SLURM_PROCID": str(index),
        "SLURM_STEP_NUM_TASKS": str(len(ports)),
        "SLURM_LOCALID": str(index),
        "SLURM_STEP_TASKS_PER_NODE": str(len(ports)),
        "SLURM_STEP_NODELIST": "localhost",
        "SLURMD_NODENAME": "localhost",
    }


# (index, free ports) -> variables of process `index` of len(ports).
LAUNCHERS = {f.__name__: f for f in (tf_config, slurm)}
OTHERS = ("TF_CONFIG", "SLURM")


def environments(workers: int, launcher: str = "tf_config") -> list[dict[str, str]]:
    """Return the environment of each machine, without the variables of this one's launcher."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    shared = {**own, "CUDA_VISIBLE_DEVICES": "-1", "PYTHONUNBUFFERED": "1"}
    ports = free_ports(workers)
    return [{**shared, **LAUNCHERS[launcher](index, ports)} for index in range(workers)]


def start(command: list[str], workers: int, launcher: str = "tf_config") -> list[subprocess.Popen]:
    """Start a process a machine; `stdout` has its output, errors included."""
    return [
        subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for env in environments(workers, launcher)
    ]


def main(argv):
    """Start, show, wait."""
    command = argv[1:]
    if os.path.basename(command[0]) == "ada-train":
        command = [sys.executable, "-m", "ada_tf.cli.train", *command[1:]]
    if not any(a.startswith("--strategy") for a in command):
        command.append("--strategy=multiworker")
    processes = start(command, FLAGS.workers, FLAGS.launcher)
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
    flags.DEFINE_enum("launcher", "tf_config", [*LAUNCHERS], "Whose variables are set.")
    if "--" not in sys.argv:
        sys.exit("error: write the command after --, as in the --help text.")
    at = sys.argv.index("--")
    command = sys.argv[at + 1 :]
    sys.argv = sys.argv[:at]
    _program.guarded(lambda: app.run(lambda argv: main([argv[0], *command])))
