"""The devices and machines that train together, and what they have to agree on.

tf.distribute moves the numbers of the mathematics. Every machine waits for the others at the next
all-reduce, so decisions of the host, such as "save now", must be the same everywhere as well.
"""

import collections
import dataclasses
import functools
import json
import os
import re

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import cause
from ada_tf.settings import differences, from_dict, tell, to_dict
from ada_tf.training.config import RunConfig
from ada_tf.training.rendezvous import MINUTES, wait_for_all

STRATEGIES = ("none", "mirrored", "multiworker")
# Settings in which machines that train together may differ: the place of the images, and class names,
# which the fingerprint of the data covers.
_FREE = ("data.source", "data.data_dir", "data.cache_dir", "class_names", "attribute_scales",
         "class_shares")  # fmt: skip
# Jobs of Slurm share machines: each gets 16 ports, below those that Linux hands out.
_SLURM_PORTS = range(20000, 30000, 16)
# Variables of launchers that number processes and do not list their addresses.
OTHER_LAUNCHERS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "RANK")


@dataclasses.dataclass(frozen=True, eq=False)
class Cluster:
    """Devices and machines that train together.

    Attributes:
        strategy: of tf.distribute.
        worker: number of this machine.
        workers: number of machines.
    """

    strategy: tf.distribute.Strategy
    worker: int = 0
    workers: int = 1

    @property
    def replicas(self) -> int:
        """Number of devices on all machines."""
        return self.strategy.num_replicas_in_sync

    @property
    def is_chief(self) -> bool:
        """True on the machine that writes the files of the run."""
        return self.worker == 0

    def add(self, numbers: list[int]) -> list[int]:
        """Sum over the machines, with the same result on all of them; all must call it."""
        if self.workers == 1:
            return list(numbers)
        # Every replica of a machine counts its numbers once.
        # tf.distribute has no broadcast, but a sum to which all others add 0 is one.
        sums = self._total(tf.constant(numbers, tf.int64)).numpy()
        return [int(s) // (self.replicas // self.workers) for s in sums]

    def from_chief(self, text: str) -> str:
        """Return the chief's text on all machines; all must call it."""
        given = text.encode() if self.is_chief else b""
        # All machines must add equally long lists, so the length comes first.
        (length,) = self.add([len(given)])
        return bytes(self.add(list(given.ljust(length, b"\0")))).decode()

    def agree(self, differences: str) -> None:
        """End all machines if one differs from the chief; all must call it.

        Args:
            differences: of this machine from the chief, in words; empty if there are none.

        Raises:
            UserError: a machine differs.
        """
        (differing,) = self.add([bool(differences)])
        # After the sum, at which all machines meet: raising before it would leave the others
        # waiting.
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


def machines_agree(cluster: Cluster, config: RunConfig, data) -> None:
    """Refuse machines with another configuration or other images than the chief's.

    Args:
        cluster: all machines must call this.
        config: of this machine; settings of `_FREE` may differ.
        data: `TrainingData` of this machine.

    Raises:
        UserError: this machine, or another one, differs from the chief.
    """
    ours = {"config": to_dict(config), "data": data._asdict()}
    # Everybody compares with the chief: texts of all machines would have to be gathered.
    theirs = json.loads(cluster.from_chief(json.dumps(ours)))
    chiefs = from_dict(RunConfig, theirs["config"])
    differing = [d for d in differences(config, chiefs) if d.path not in _FREE]
    found = [tell(differing)] if differing else []
    if ours["data"] != theirs["data"]:
        found.append(
            f"data: {data.images} images here, {theirs['data']['images']} other ones there"
        )
    cluster.agree("; ".join(found))


def start(name: str, say=print, minutes: float = MINUTES) -> Cluster:
    """Find the devices. For several machines this comes before anything else of TensorFlow.

    Args:
        name: one of `STRATEGIES`: one device, all devices of this machine, or the devices of all
            machines that TF_CONFIG lists or srun of Slurm has started.
        say: called with lines about the machines, by the first one.
        minutes: to wait for machines that are not there yet.

    Raises:
        UserError: the name is not known, the variables describe no cluster, a machine does not come, or
            they cannot connect.
    """
    if name not in STRATEGIES:
        raise UserError(f"strategy={name!r} must be one of {', '.join(STRATEGIES)}.")
    if name == "none":
        return ALONE
    if name == "mirrored":
        return _this_machine()
    by_tf_config = bool(os.environ.get("TF_CONFIG", "").strip())
    resolver = _of_tf_config() if by_tf_config else _of_slurm()
    addresses = [] if resolver is None else _addresses(resolver)
    if len(addresses) < 2:  # nobody to talk to
        return _this_machine()
    # By address: chief and workers are counted apart in TF_CONFIG, and together here.
    own = resolver.cluster_spec().task_address(resolver.task_type, resolver.task_id)
    worker = addresses.index(own)
    if worker == 0:
        say(f"Machines  {len(addresses)}, which wait for each other: {', '.join(addresses)}")
        if warning := crowded(addresses, len(tf.config.list_physical_devices("GPU"))):
            say(warning)
    wait_for_all(addresses, worker, minutes)
    try:
        # Must be made before any other operation of TensorFlow: it starts the servers.
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except tf.errors.OpError as error:
        raise UserError(
            f"machine {worker} of {len(addresses)}, {own}, cannot connect to the others"
            f" ({cause(error)}); start all of {', '.join(addresses)}, and let them reach each other."
        ) from error
    return Cluster(strategy, worker, len(addresses))


def crowded(addresses: list[str], gpus: int) -> str:
    """Return a warning if processes of one machine may take each other's GPUs, else "".

    Args:
        addresses: "host:port" of all processes.
        gpus: number that the first process sees; a launcher that assigns GPUs mostly assigns one.
    """
    # Processes on one host; the port tells them apart.
    hosts = collections.Counter(address.rpartition(":")[0] for address in addresses)
    host, processes = hosts.most_common(1)[0]
    if gpus < 2 or processes < 2:
        return ""
    return (
        f"Warning: {processes} processes on {host} see {gpus} GPUs each; unless these are different"
        " ones, start one process a machine, which takes all of them."
    )


def _this_machine() -> Cluster:
    """Return a cluster of all devices of this machine."""
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return Cluster(tf.distribute.MirroredStrategy([d.name for d in devices]))


def _addresses(resolver) -> list[str]:
    """List "host:port" of all machines; a chief comes first."""
    jobs = resolver.cluster_spec().as_dict()
    return [*jobs.get("chief", ()), *jobs.get("worker", ())]


def _of_tf_config():
    """Return the cluster resolver of TF_CONFIG.

    Raises:
        UserError: it is no cluster, or this machine is not in it.
    """
    try:
        resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
        own = resolver.cluster_spec().task_address(resolver.task_type, resolver.task_id)
        known = own in _addresses(resolver)
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise UserError(
            f"TF_CONFIG={os.environ['TF_CONFIG']!r} does not describe a cluster; unset it, or write"
            ' {"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}.'
        )
    return resolver


def _of_slurm():
    """Return the cluster resolver of the processes that srun has started; None for a job of one task.

    Raises:
        UserError: srun has not started this process, or its variables contradict each other.
    """
    tasks = os.environ.get("SLURM_STEP_NUM_TASKS")
    if tasks is None or "SLURM_PROCID" not in os.environ:
        _check_alone()
        return None
    port = _SLURM_PORTS[_number("SLURM_JOB_ID", "0") % len(_SLURM_PORTS)]
    try:
        # The resolver assigns GPUs by the count of nvidia-smi, and fails without any. Slurm assigns
        # them itself, so the resolver is given one a task.
        spec = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=port, gpus_per_node=int(tasks), gpus_per_task=1, auto_set_gpu=False
        ).cluster_spec()
    except (ValueError, RuntimeError) as error:
        raise UserError(f"the variables of srun describe no cluster: {error}") from error
    # Slurm numbers tasks in the order of its nodes, the resolver in that of their names: n10 before
    # n9. The task is looked up by its address.
    local = _number("SLURM_LOCALID", "0")
    own = f"{os.environ.get('SLURMD_NODENAME')}:{port + local}"
    addresses = spec.job_tasks("worker")
    if own not in addresses:
        raise UserError(
            f"SLURMD_NODENAME={os.environ.get('SLURMD_NODENAME')} with SLURM_LOCALID={local} is not"
            f" among the {len(addresses)} tasks of"
            f" SLURM_STEP_NODELIST={os.environ.get('SLURM_STEP_NODELIST')}; start all tasks with one"
            " srun, or write TF_CONFIG."
        )
    return tf.distribute.cluster_resolver.SimpleClusterResolver(
        spec,
        task_type="worker",
        task_id=addresses.index(own),
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
    )


def _check_alone() -> None:
    """Refuse a process that no launcher has told of the others.

    Raises:
        UserError: this is no job of Slurm, or one with more tasks, which srun has to start.
    """
    if "SLURM_JOB_ID" not in os.environ:
        numbered = [name for name in OTHER_LAUNCHERS if name in os.environ]
        also = f" {numbered[0]} lists no addresses." if numbered else ""
        raise UserError(
            "strategy='multiworker' found no cluster; start it with srun of Slurm, or write TF_CONFIG"
            f" (docs/cluster.md).{also}"
        )
    tasks = os.environ.get("SLURM_NTASKS", "1")
    if tasks != "1":
        raise UserError(
            f"this is a job of Slurm with SLURM_NTASKS={tasks}, but srun has not started this"
            " process; write srun before the command."
        )


def _number(name: str, default: str) -> int:
    text = os.environ.get(name, default)
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise UserError(f"{name}={text!r} must be a whole number of at least 0.")
    return int(text)
