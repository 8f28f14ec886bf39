"""Which process of how many this one is, from the variables that its launcher has set.

A launcher numbers the processes that it starts: Slurm's `srun`, the `mpirun` of Open MPI and of
those that speak PMI (MPICH, Intel MPI), and whatever sets RANK and WORLD_SIZE as PyTorch expects
(torchrun, Kubeflow, Ray). None of them says where all the others listen, so a process learns here
only where the first one waits for it; `meeting.py` does the rest.
"""

import collections
import dataclasses
import re
from collections.abc import Mapping

from ada_tf.errors import UserError

Variables = collections.namedtuple("Variables", "rank size local_size")
# The innermost comes first: where torchrun was started by mpirun, and mpirun by srun, each of them
# numbers its own processes.
LAUNCHERS = {
    "RANK and WORLD_SIZE": Variables("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"),
    "Open MPI": Variables(
        "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"
    ),
    "PMI": Variables("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
    "Slurm": Variables("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", None),
}
# What tells the jobs of one machine apart, so that their processes do not meet each other.
JOB_NAMES = ("TORCHELASTIC_RUN_ID", "PMIX_NAMESPACE", "SLURM_JOB_ID")
USUAL_PORT = 12345
# Slurm's jobs share machines, so each gets a port of its own, below those that Linux hands out.
SLURM_PORTS = range(20000, 30000)
ACCEPTED = (
    "TF_CONFIG, or srun of Slurm, or mpirun, or RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT"
)


@dataclasses.dataclass(frozen=True)
class Place:
    """One of several processes that train together.

    Attributes:
        rank: its number; 0 is the chief.
        size: how many there are.
        host: name or address of the machine on which the chief waits for the others.
        port: where it does so.
        job: what they have in common and processes of other jobs have not, may be empty.
        launcher: who said so, in words.
    """

    rank: int
    size: int
    host: str
    port: int
    job: str = ""
    launcher: str = ""


def place(environment: Mapping[str, str]) -> Place | None:
    """Where a process stands.

    Args:
        environment: variables of the process, such as `os.environ`; empty ones count as absent.

    Returns:
        Its place, or None if it is the only one.

    Raises:
        UserError: no launcher has set its variables, half of them are missing, or two contradict.
    """
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    complete = {
        name: _numbered(given, variables)
        for name, variables in LAUNCHERS.items()
        if variables.rank in given and variables.size in given
    }
    if not complete:
        return _not_started(given)
    launcher, (rank, size) = next(iter(complete.items()))
    _check_others(given, complete, launcher)
    if size == 1:
        return None
    # srun's own variables speak of these processes only if nobody stands between.
    slurm = complete.get("Slurm") == (rank, size)
    return Place(
        rank,
        size,
        _host(given, launcher, slurm, rank, size),
        _port(given, launcher, slurm),
        next((given[name] for name in JOB_NAMES if name in given), ""),
        launcher,
    )


def first_node(nodes: str) -> str:
    """The first of a list of nodes as Slurm writes it.

    Args:
        nodes: such as "gpu[03-05,9],login1", which begins with gpu03.

    Raises:
        UserError: it is no such list.
    """
    first = re.match(r"(?:[^\s,\[\]]|\[\d+[\d,-]*\])+(?=,|$)", nodes)
    if first is None:
        raise UserError(
            f"SLURM_STEP_NODELIST={nodes!r} is no list of nodes such as gpu[03-05,9],login1;"
            " set MASTER_ADDR to the machine of the first task."
        )
    return re.sub(r"\[(\d+)[^\]]*\]", r"\1", first[0])


def _numbered(given, variables) -> tuple[int, int]:
    """(rank, size), checked."""
    rank, size = (_number(given, name) for name in (variables.rank, variables.size))
    if rank >= size:
        raise UserError(
            f"{variables.rank}={rank} must be below {variables.size}={size}; ranks begin at 0."
        )
    return rank, size


def _number(given, name: str, least: int = 0, most: int | None = None) -> int:
    text = given[name]
    # Not int(): it also reads "1_0" and digits of other scripts.
    value = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
    if value < least or (most is not None and value > most):
        upto = "" if most is None else f" and at most {most}"
        raise UserError(f"{name}={text!r} must be a whole number of at least {least}{upto}.")
    return value


def _not_started(given) -> None:
    """What to say, or to do, where no launcher has numbered this process."""
    for name, variables in LAUNCHERS.items():
        there, missing = variables.rank, variables.size
        if missing in given:
            there, missing = missing, there
        if there in given and name != "Slurm":
            raise UserError(
                f"{there}={given[there]} is set but {missing} is not; set both, or neither."
            )
    if "SLURM_JOB_ID" in given:  # in a batch script, or beside salloc
        tasks = given.get("SLURM_NTASKS", "1")
        if tasks == "1":
            return None
        raise UserError(
            f"this is a job of Slurm with SLURM_NTASKS={tasks}, but srun has not started this"
            " process; write srun before the command."
        )
    raise UserError(f"strategy='multiworker' found no cluster; set {ACCEPTED}.")


def _check_others(given, complete, launcher) -> None:
    """What other launchers have set must not contradict; Slurm may stand around all of them."""
    chosen = dict(zip(("rank", "size"), complete[launcher], strict=True))
    names = LAUNCHERS[launcher]
    for other, variables in LAUNCHERS.items():
        if other in ("Slurm", launcher):
            continue
        for kind in chosen:
            name = getattr(variables, kind)
            if name in given and _number(given, name) != chosen[kind]:
                raise UserError(
                    f"{name}={given[name]} contradicts {getattr(names, kind)}={chosen[kind]}"
                    f" of {launcher}; unset the one that does not belong to this run."
                )


def _host(given, launcher, slurm: bool, rank: int, size: int) -> str:
    """Where the first process waits."""
    if "MASTER_ADDR" in given:
        return given["MASTER_ADDR"]
    if slurm and "SLURM_STEP_NODELIST" in given:
        host = first_node(given["SLURM_STEP_NODELIST"])
        own = given.get("SLURMD_NODENAME", host)
        if rank == 0 and own != host:
            raise UserError(
                f"the first task runs on SLURMD_NODENAME={own}, not on {host}, the first of"
                f" SLURM_STEP_NODELIST={given['SLURM_STEP_NODELIST']}; set MASTER_ADDR={own}."
            )
        return host
    local_size = LAUNCHERS[launcher].local_size
    if local_size in given and _number(given, local_size) == size:
        return "127.0.0.1"
    raise UserError(
        f"MASTER_ADDR is missing, while {launcher} counts {size} processes: set it, for all of"
        " them, to the name of the machine of the first."
    )


def _port(given, launcher, slurm: bool) -> int:
    """Where it listens."""
    if "MASTER_PORT" in given:
        port = _number(given, "MASTER_PORT", 1, 65534)
        # torchrun listens there itself, and says so.
        return port + (given.get("TORCHELASTIC_USE_AGENT_STORE") == "True")
    if slurm and "SLURM_JOB_ID" in given:
        job = _number(given, "SLURM_JOB_ID")
        return SLURM_PORTS[job % len(SLURM_PORTS)]
    if launcher == "RANK and WORLD_SIZE":
        raise UserError(
            "MASTER_PORT is missing: set it, for all processes, to a number above 1023 that is"
            f" free on MASTER_ADDR, such as {USUAL_PORT}."
        )
    return USUAL_PORT
