"""The place of a process, from variables alone."""

import pytest

from ada_tf.errors import UserError
from ada_tf.training.launchers import Place, first_node, place

RANKS = {"RANK": "1", "WORLD_SIZE": "4", "MASTER_ADDR": "trainer-0.trainer", "MASTER_PORT": "12345"}
OPEN_MPI = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"}
PMI = {"PMI_RANK": "1", "PMI_SIZE": "4"}
SLURM = {
    "SLURM_JOB_ID": "123456",
    "SLURM_PROCID": "1",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NODELIST": "gpu[03-05,9]",
    "SLURMD_NODENAME": "gpu04",
}


def without(variables, *names):
    return {name: value for name, value in variables.items() if name not in names}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (RANKS, Place(1, 4, "trainer-0.trainer", 12345, "", "RANK and WORLD_SIZE")),
        (SLURM, Place(1, 4, "gpu03", 23456, "123456", "Slurm")),
        (OPEN_MPI | {"MASTER_ADDR": "n1"}, Place(1, 4, "n1", 12345, "", "Open MPI")),
        (
            OPEN_MPI | {"OMPI_COMM_WORLD_LOCAL_SIZE": "4", "PMIX_NAMESPACE": "77"},
            Place(1, 4, "127.0.0.1", 12345, "77", "Open MPI"),
        ),
        (PMI | {"MASTER_ADDR": "n1", "MASTER_PORT": "9"}, Place(1, 4, "n1", 9, "", "PMI")),
        (PMI | {"MPI_LOCALNRANKS": "4"}, Place(1, 4, "127.0.0.1", 12345, "", "PMI")),
        # What a user names comes before what is found.
        (
            SLURM | {"MASTER_ADDR": "gpu03-ib", "MASTER_PORT": "9"},
            Place(1, 4, "gpu03-ib", 9, "123456", "Slurm"),
        ),
        # torchrun listens at MASTER_PORT itself.
        (
            RANKS | {"TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RUN_ID": "a"},
            Place(1, 4, "trainer-0.trainer", 12346, "a", "RANK and WORLD_SIZE"),
        ),
        # srun --mpi=pmi2 says the same twice, and only Slurm where the first process is.
        (SLURM | PMI, Place(1, 4, "gpu03", 23456, "123456", "PMI")),
        # srun has started a torchrun or a daemon of mpirun on each of two nodes.
        (
            SLURM | {"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"} | RANKS,
            Place(1, 4, "trainer-0.trainer", 12345, "123456", "RANK and WORLD_SIZE"),
        ),
        # Scripts that export WORLD_SIZE and let Slurm number.
        (SLURM | {"WORLD_SIZE": "4"}, Place(1, 4, "gpu03", 23456, "123456", "Slurm")),
        (
            RANKS | {"RANK": " 1 "},
            Place(1, 4, "trainer-0.trainer", 12345, "", "RANK and WORLD_SIZE"),
        ),
        (SLURM | {"RANK": ""}, Place(1, 4, "gpu03", 23456, "123456", "Slurm")),
    ],
)
def test_places(variables, expected):
    assert place(variables) == expected


@pytest.mark.parametrize(
    "variables",
    [
        {"RANK": "0", "WORLD_SIZE": "1"},
        {"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"},
        SLURM | {"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"},
        {"SLURM_JOB_ID": "5", "SLURM_PROCID": "0", "SLURM_NTASKS": "1"},
        {"SLURM_JOB_ID": "5", "SLURM_PROCID": "0"},
    ],
)
def test_one_process_is_no_cluster(variables):
    assert place(variables) is None


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {},
            "strategy='multiworker' found no cluster; set TF_CONFIG, or srun of Slurm, or mpirun,",
        ),
        (without(RANKS, "WORLD_SIZE"), "RANK=1 is set but WORLD_SIZE is not; set both, or neither"),
        (without(RANKS, "RANK"), "WORLD_SIZE=4 is set but RANK is not"),
        ({"OMPI_COMM_WORLD_RANK": "1"}, "OMPI_COMM_WORLD_RANK=1 is set but OMPI_COMM_WORLD_SIZE"),
        ({"PMI_SIZE": "2"}, "PMI_SIZE=2 is set but PMI_RANK is not"),
        (without(RANKS, "MASTER_ADDR"), "MASTER_ADDR is missing, while RANK and WORLD_SIZE counts"),
        (without(RANKS, "MASTER_PORT"), "MASTER_PORT is missing: set it, for all processes, to a"),
        (OPEN_MPI, "MASTER_ADDR is missing, while Open MPI counts 4 processes"),
        (OPEN_MPI | {"OMPI_COMM_WORLD_LOCAL_SIZE": "2"}, "MASTER_ADDR is missing"),
        # Those of Slurm are daemons of mpirun, which run on all nodes but the first.
        (
            SLURM | {"SLURM_STEP_NUM_TASKS": "3"} | OPEN_MPI,
            "MASTER_ADDR is missing, while Open MPI",
        ),
        (without(SLURM, "SLURM_STEP_NODELIST"), "MASTER_ADDR is missing, while Slurm counts 4"),
        (RANKS | {"RANK": "4"}, "RANK=4 must be below WORLD_SIZE=4; ranks begin at 0"),
        (RANKS | {"RANK": "-1"}, "RANK='-1' must be a whole number of at least 0"),
        (RANKS | {"RANK": "1_0"}, "RANK='1_0' must be a whole number"),
        (RANKS | {"RANK": "one"}, "RANK='one' must be a whole number"),
        (RANKS | {"WORLD_SIZE": "4.0"}, "WORLD_SIZE='4.0' must be a whole number"),
        (RANKS | {"MASTER_PORT": "0"}, "MASTER_PORT='0' must be a whole number of at least 1 and"),
        (RANKS | {"MASTER_PORT": "70000"}, "MASTER_PORT='70000' must be .* at most 65534"),
        (
            RANKS | OPEN_MPI | {"OMPI_COMM_WORLD_RANK": "2"},
            "OMPI_COMM_WORLD_RANK=2 contradicts RANK=1 of RANK and WORLD_SIZE; unset the one",
        ),
        (RANKS | PMI | {"PMI_SIZE": "8"}, "PMI_SIZE=8 contradicts WORLD_SIZE=4"),
        (SLURM | {"WORLD_SIZE": "8"}, "WORLD_SIZE=8 contradicts SLURM_STEP_NUM_TASKS=4 of Slurm"),
        (
            {"SLURM_JOB_ID": "5", "SLURM_PROCID": "0", "SLURM_NTASKS": "4"},
            "a job of Slurm with SLURM_NTASKS=4, but srun has not started this process; write srun",
        ),
        (
            SLURM | {"SLURM_PROCID": "0"},
            "the first task runs on SLURMD_NODENAME=gpu04, not on gpu03, .* set MASTER_ADDR=gpu04",
        ),
        (SLURM | {"SLURM_STEP_NODELIST": "gpu[03"}, r"SLURM_STEP_NODELIST='gpu\[03' is no list"),
    ],
)
def test_refusals(variables, sentence):
    with pytest.raises(UserError, match=sentence) as error:
        place(variables)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("nodes", "first"),
    [
        ("n1", "n1"),
        ("n1,n2", "n1"),
        ("gpu[03-05,9],login1", "gpu03"),
        ("gpu[007]", "gpu007"),
        ("rack[2-3]n[10,12].example.org,m", "rack2n10.example.org"),
        ("a-b[1]-c", "a-b1-c"),
    ],
)
def test_first_nodes(nodes, first):
    assert first_node(nodes) == first


@pytest.mark.parametrize("nodes", ["", ",n1", "n[1", "n]1", "n[]", "n[a]", "n [1]"])
def test_lists_that_are_none(nodes):
    with pytest.raises(UserError, match="is no list of nodes"):
        first_node(nodes)
