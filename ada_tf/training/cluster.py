"""The devices and machines that train together, and what they have to agree on.

Within the mathematics tf.distribute moves the numbers. Decisions of the host, such as "save now",
must be the same everywhere too, for every machine waits for the others at the next all-reduce.
"""

import collections
import dataclasses
import functools
import json
import os
from collections.abc import Mapping

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.training import launchers, meeting

STRATEGIES = ("none", "mirrored", "multiworker")


@dataclasses.dataclass(frozen=True, eq=False)
class Cluster:
    """Who trains together.

    Attributes:
        strategy: of tf.distribute.
        worker: number of this machine.
        workers: how many machines there are.
    """

    strategy: tf.distribute.Strategy
    worker: int = 0
    workers: int = 1

    @property
    def replicas(self) -> int:
        """Devices of all machines."""
        return self.strategy.num_replicas_in_sync

    @property
    def is_chief(self) -> bool:
        """Whether this machine writes the files of the run."""
        return self.worker == 0

    def add(self, numbers: list[int]) -> list[int]:
        """Sums over the machines, the same on all of them; all must call it."""
        if self.workers == 1:
            return list(numbers)
        # Every replica of a machine counts its numbers once.
        sums = self._total(tf.constant(numbers, tf.int64)).numpy()
        return [int(s) // (self.replicas // self.workers) for s in sums]

    def from_chief(self, text: str) -> str:
        """The text that the chief gave, on all machines; all must call it."""
        given = text.encode() if self.is_chief else b""
        (length,) = self.add([len(given)])
        return bytes(self.add(list(given.ljust(length, b"\0")))).decode()

    def agree(self, differences: str) -> None:
        """End all machines if one differs from the chief; all must call it.

        Args:
            differences: how this machine differs, empty if it does not.

        Raises:
            UserError: a machine differs.
        """
        (differing,) = self.add([bool(differences)])
        if differences:
            raise UserError(
                f"machine {self.worker} is to train something else than the first one"
                f" ({differences}); give all machines the same command and the same data."
            )
        if differing:
            raise UserError(
                f"{differing} of the {self.workers} machines are to train something else than the"
                " first one, and say what; give all machines the same command and the same data."
            )

    @functools.cached_property
    def _total(self):
        def total(numbers):
            values = self.strategy.run(lambda: numbers)
            return self.strategy.reduce(tf.distribute.ReduceOp.SUM, values, axis=None)

        return tf.function(total, autograph=False)


ALONE = Cluster(tf.distribute.get_strategy())


def start(name: str, environment: Mapping[str, str] = os.environ, say=print) -> Cluster:
    """Find the devices. For several machines this comes before anything else of TensorFlow.

    Args:
        name: one of `STRATEGIES`: one device, all devices of this machine, or the devices of all
            machines, which TF_CONFIG lists or, where it is absent, a launcher has started.
        environment: variables of this process.
        say: is told whom the first machine waits for, and who they are.

    Raises:
        UserError: the name is not known, or the variables do not describe a cluster.
    """
    if name not in STRATEGIES:
        raise UserError(f"strategy={name!r} must be one of {', '.join(STRATEGIES)}.")
    if name == "none":
        return ALONE
    if name == "mirrored":
        return _this_machine()
    if environment.get("TF_CONFIG", "").strip():
        worker, workers = _place(environment["TF_CONFIG"])
        return Cluster(tf.distribute.MultiWorkerMirroredStrategy(), worker, workers)
    place = launchers.place(environment)
    if place is None:  # the only one needs nobody to talk to
        return _this_machine()
    addresses = meeting.meet(place, say=say)
    gpus = len(tf.config.list_physical_devices("GPU"))
    if place.rank == 0:
        say(f"Machines  {place.size}, started by {place.launcher}: {', '.join(addresses)}")
        if crowd := crowded(addresses, gpus):
            say(crowd)
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": addresses}),
        task_type="worker",
        task_id=place.rank,
        num_accelerators={"GPU": gpus},
    )
    return Cluster(tf.distribute.MultiWorkerMirroredStrategy(resolver), place.rank, place.size)


def crowded(addresses: list[str], gpus: int) -> str:
    """A warning if processes of one machine may take each other's GPUs, else empty.

    Args:
        addresses: "host:port" of all processes.
        gpus: how many the first one sees; a launcher that gives each its own mostly gives it one.
    """
    hosts = collections.Counter(address.rpartition(":")[0] for address in addresses)
    host, processes = hosts.most_common(1)[0]
    if gpus < 2 or processes < 2:
        return ""
    return (
        f"Warning: {processes} processes on {host} see {gpus} GPUs each; unless these are different"
        " ones, start one process a machine, which takes all of them."
    )


def _this_machine() -> Cluster:
    """All its devices."""
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return Cluster(tf.distribute.MirroredStrategy([d.name for d in devices]))


def _place(given: str) -> tuple[int, int]:
    """(number of this machine, number of machines) from TF_CONFIG; a chief comes first."""
    try:
        config = json.loads(given)
        counts = {kind: len(config["cluster"].get(kind, ())) for kind in ("chief", "worker")}
        kind, index = config["task"]["type"], int(config["task"]["index"])
        known = counts[kind] > index >= 0
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise UserError(
            f"TF_CONFIG={given!r} does not describe a cluster; unset it, or write"
            ' {"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}.'
        )
    return index + (counts["chief"] if kind == "worker" else 0), sum(counts.values())
