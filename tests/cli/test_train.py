"""The training program from outside: a run, a kill, a continuation, and mistakes."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

import ada_tf.data
from ada_tf.cli import _flags, _program, train
from ada_tf.errors import UserError
from ada_tf.settings import Schedule
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import newest
from tests import forked
from tests.cli.programs import flags_of
from tests.sentences import refused

pytestmark = pytest.mark.usefixtures("small_grids_of_programs")

NAMES = _flags.names_of(train.Flags)
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
# Four batches: images at the start and the end, one checkpoint by the clock after every batch.
# Of colours, which are traced in a fourth of the time; test_shapes.py trains with warps.
SHORT = [
    "--preset=tiny",
    "--data=digits",
    "--subset=64",
    "--augpipe=color",
    "--kimg=0.12",
    "--seed=3",
]


def command(*arguments):
    return [sys.executable, "-m", "ada_tf.cli.train", *arguments]


def finish(*arguments):
    result = forked.run(command(*arguments), env=ENVIRONMENT, timeout=300)
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def numbers(run_dir):
    reader = tf.train.load_checkpoint(newest(run_dir))
    names = [
        n
        for n in reader.get_variable_to_shape_map()
        if n.startswith("state/") and "/config/" not in n
    ]
    return {n: reader.get_tensor(n) for n in names}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    outdir = tmp_path_factory.mktemp("whole")
    return finish(*SHORT, f"--outdir={outdir}"), outdir


def test_a_run_leaves_what_the_readme_lists(uninterrupted):
    stdout, outdir = uninterrupted
    (run_dir,) = outdir.iterdir()
    assert f"Starting {run_dir}" in stdout.splitlines()
    names = {p.name for p in run_dir.iterdir()}
    assert {"training_options.json", "log.txt", "reals.png", "reals_augmented.png", "fakes_init.png",
            "fakes000000.png", "stats.jsonl", "checkpoints"} <= names  # fmt: skip
    assert any(n.startswith("events.out.tfevents") for n in names)
    stats = [json.loads(line) for line in (run_dir / "stats.jsonl").read_text().splitlines()]
    assert stats[0]["Progress/tick"]["mean"] == 0
    for key in ("Loss/scores/real", "Loss/signs/fake", "Loss/G/loss", "Loss/D/reg", "Timing/sec_per_tick",
                "Resources/cpu_mem_gb", "Progress/augment"):  # fmt: skip
        assert {"num", "mean", "std"} == set(stats[0][key])
    assert "tick 0     kimg 0.0" in (run_dir / "log.txt").read_text()


def test_the_same_command_finds_a_finished_run(uninterrupted):
    _, outdir = uninterrupted
    (run_dir,) = outdir.iterdir()
    stdout = finish(*SHORT, f"--outdir={outdir}")
    assert f"Continuing {run_dir}" in stdout.splitlines()
    assert "This run is complete" in stdout
    assert list(outdir.iterdir()) == [run_dir]


def checkpoints(outdir):
    """Those of a run in progress."""
    return list(outdir.glob("*/checkpoints/images-[1-9]*.index"))


def test_killed_and_continued_equals_uninterrupted(uninterrupted, tmp_path):
    """SIGKILL as soon as a checkpoint exists; the same command goes on from there."""
    outdir = tmp_path / "runs"
    arguments = [*SHORT, f"--outdir={outdir}", "--checkpoint_minutes=0"]
    process = forked.start(command(*arguments), env=ENVIRONMENT, reads=False)
    deadline = time.time() + 200
    # images-0 is saved before the first batch.
    while not checkpoints(outdir) and process.poll() is None and time.time() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert checkpoints(outdir)
    stdout = finish(*arguments)
    assert "\nContinuing" in f"\n{stdout}"  # after a warning, if it was killed while saving
    _, whole = uninterrupted
    expected, found = numbers(next(whole.iterdir())), numbers(next(outdir.iterdir()))
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    clock = json.loads(expected["state/clock/.ATTRIBUTES/VARIABLE_VALUE"])
    assert clock == {"images": 128, "stream": 0}


def test_sigterm_saves_and_exits_0(tmp_path):
    arguments = [*SHORT[:-2], "--kimg=1000", f"--outdir={tmp_path}"]
    process = forked.start(command(*arguments), env=ENVIRONMENT, reads=True)
    with process:
        for line in process.stdout:
            if line.startswith("tick 0"):
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "SIGTERM: saving and stopping after" in rest
    assert newest(next(tmp_path.iterdir()))


def program_flags(*arguments):
    return flags_of(train, *arguments)


@pytest.fixture
def run(tmp_path):
    """Call the program in this process, with flags of its own."""

    def call(*arguments):
        try:
            values = program_flags(f"--outdir={tmp_path / 'runs'}", *arguments)
            return train.main(values)
        except UserError as error:  # as the program prints it
            raise UserError(_program.explain(error, NAMES)) from error

    return call


def test_dry_run_prints_the_resolved_configuration(run, capsys, tmp_path):
    run(
        "--preset=tiny",
        "--data=digits",
        "--gamma=0.5",
        "--aug=fixed",
        "--p=0.25",
        "--cond",
        "--dry_run",
        "--json",
    )
    printed = json.loads(capsys.readouterr().out)
    assert printed["loss"]["r1_gamma"] == 0.5
    assert (printed["augment"]["mode"], printed["augment"]["p"]) == ("fixed", 0.25)
    assert (printed["num_classes"], printed["data"]["resolution"]) == (10, 16)
    assert not (tmp_path / "runs").exists()


def test_every_setting_can_be_given(run, capsys):
    """Those without a flag by --set; the last of them by the end of its path."""
    given = ["--set=network.w_dim=48", "--set=ema.rampup=none", "--set=beta_1=0.5", "--channels=3"]
    run("--data=digits", "--preset=tiny", *given, "--dry_run", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert printed["network"]["w_dim"] == 48
    assert (printed["ema"]["rampup"], printed["optimizer"]["beta_1"]) == (None, 0.5)
    assert printed["data"]["channels"] == 3


def test_what_is_given_goes_before_what_follows(run, capsys):
    given = ["--fp32", "--set=conv_clamp=9", "--aug=adarv", "--validation=8", "--target=0.3"]
    run("--data=digits", "--preset=tiny", *given, "--dry_run", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert (printed["network"]["conv_clamp"], printed["augment"]["target"]) == (9.0, 0.3)
    assert printed["network"]["num_low_precision"] == 0


def test_flagfile(run, capsys, tmp_path):
    (tmp_path / "flags.txt").write_text("--preset=tiny\n--data=digits\n--batch=8\n")
    run(f"--flagfile={tmp_path / 'flags.txt'}", "--dry_run", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert (printed["batch"], printed["batch_gpu"]) == (8, 8)


@pytest.mark.parametrize("preset", ["tiny", "auto"])
@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--precision=auto", ("auto", 4, 256.0)),
        ("--precision=bfloat16", ("bfloat16", 4, None)),
        ("--precision=float16", ("float16", 4, 256.0)),
        ("--precision=float32", ("float32", 0, None)),
        ("--fp32", ("float32", 0, None)),
    ],
)
def test_precision_is_what_the_flag_says_with_every_preset(run, capsys, preset, flag, expected):
    run("--data=digits", "--resolution=32", f"--preset={preset}", flag, "--dry_run", "--json")
    network = json.loads(capsys.readouterr().out)["network"]
    found = [network[k] for k in ("precision", "num_low_precision", "conv_clamp")]
    assert found == list(expected)


@pytest.mark.parametrize(
    ("preset", "flags", "expected"),
    [
        ("tiny", [], True),
        ("tiny", ["--notf32"], False),
        ("tiny", ["--fp32"], False),
        ("tiny", ["--fp32", "--tf32"], True),
        ("paper256", [], False),
        ("paper256", ["--fp32"], False),
        ("paper256", ["--tf32"], True),
    ],
)
def test_tf32_is_the_presets_unless_a_flag_says_otherwise(run, capsys, preset, flags, expected):
    run("--data=digits", f"--preset={preset}", *flags, "--dry_run", "--json")
    assert json.loads(capsys.readouterr().out)["tf32"] is expected


@pytest.mark.parametrize(
    ("name", "flags", "expected"),
    [
        ("tiny", [], 0.8),
        ("tiny", ["--ada_cap=none"], None),
        ("tiny", ["--ada_cap=0.5"], 0.5),
        ("cifar", [], None),
        ("cifar", ["--ada_cap=0.8", "--resume=runs/00000-a"], 0.8),
    ],
)
def test_the_cap_is_a_number_or_none(name, flags, expected):
    settings = program_flags(f"--preset={name}", "--data=digits", *flags).asked
    config = preset(settings.pop("preset"), resolution=32, channels=3, settings=settings)
    assert config.augment.cap == expected


# Mistakes that need no look at the data, whose preparation takes minutes.
EARLY = [
    [],
    ["--preset=best"],
    ["--resolution=25"],
    ["--resolution=17x16"],
    ["--resolution=1024x8"],
    ["--batch=6"],
    ["--batch=0"],
    ["--batch=32", "--batch_gpu=5"],
    ["--strategy=many"],
    ["--p=0.5"],
    ["--aug=fixed"],
    ["--aug=noaug", "--augpipe=bg"],
    ["--aug=adarv"],
    ["--augpipe=bgx"],
    ["--xla=yes"],
    ["--precision=int8"],
    ["--kimg=nan"],
    ["--kimg=-5"],
    ["--snap=0"],
    ["--gamma=inf"],
    ["--lr=0"],
    ["--ada_kimg=-1"],
    ["--ada_cap=1.5"],
    ["--ada_cap=much"],
    ["--checkpoint_minutes=nan"],
    ["--snapshot_kimg=0"],
    ["--snapshots=some"],
    ["--seed=99999999999999999999"],
    ["--metrics=fid"],
    ["--metrics_patience=3"],
    ["--metrics=fid50k", "--metrics_every=0"],
    ["--resume=gs://host/ffhq.pkl"],
    ["--resume=/models/ffhq.ONNX"],
    ["--resume_partial"],
    ["--freezed=4"],
    ["--flagless"],
    ["--batch=many"],
    ["--precision=float16", "--fp32"],
    ["--set=w_dims=3"],
    ["--set=network.w_dim"],
    ["--set=network.w_dim=x"],
    ["--set=network.w_dim=0"],
    ["--set=interval=4", "--set=augment.interval=5"],
    ["--set=loss.r1_gamma=4", "--gamma=4"],
    ["--set=num_classes=4"],
    ["--set=network.channel_base=8", "--resolution=16"],
]


@pytest.mark.parametrize("dry", [[], ["--dry_run"]])
@pytest.mark.parametrize("arguments", EARLY)
def test_mistakes_are_named_before_the_data_are_opened(run, monkeypatch, tmp_path, arguments, dry):
    def opened(*_):
        raise AssertionError("the data are opened")

    monkeypatch.setattr(ada_tf.data, "open_dataset", opened)
    (tmp_path / "photos").mkdir()
    data = [f"--data={tmp_path / 'photos'}", "--preset=tiny"] if arguments else []
    with refused() as error:
        run(*data, *arguments, *dry)
    assert "\n" not in str(error.value)


def test_numbers_are_refused_before_tensorflow_is_loaded():
    """The settings come first in the program, and need nothing of it."""
    with refused("pl_weight=nan"):
        program_flags("--pl_weight=nan")
    code = "import sys, ada_tf.cli.train; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, timeout=60).returncode == 0


# What a run would be refused for, and so its --dry_run, too.
LATE = [
    ["--data=/no/such/folder"],
    ["--subset=8"],
    ["--resume=/no/run"],
    ["--metrics=fid9"],
]


@pytest.mark.parametrize("dry", [[], ["--dry_run"]])
@pytest.mark.parametrize("arguments", LATE)
def test_what_will_not_run_is_refused(run, monkeypatch, tmp_path, arguments, dry):
    def no_weights(*_):
        raise UserError("no weights")

    monkeypatch.setattr("ada_tf.metrics.callback.metrics_callbacks", no_weights)
    with refused() as error:
        run("--preset=tiny", "--data=digits", *arguments, *dry)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_cannot_be_written(run):
    with refused("outdir="):
        run("--data=digits", "--preset=tiny", "--outdir=/dev/null/runs")


@pytest.mark.parametrize("dry", [[], ["--dry_run"]])
def test_a_checkpoint_of_another_architecture_is_named(run, uninterrupted, dry):
    _, outdir = uninterrupted
    resume = ["--data=digits", "--preset=tiny", f"--resume={next(outdir.iterdir())}"]
    with refused("network.w_dim", "32"):
        run(*resume, "--set=network.w_dim=32", *dry)


def test_a_run_in_another_precision_may_start_from_it(run, uninterrupted, capsys):
    _, outdir = uninterrupted
    resume = ["--data=digits", "--preset=tiny", f"--resume={next(outdir.iterdir())}"]
    run(*resume, "--precision=bfloat16", "--dry_run", "--json")
    assert json.loads(capsys.readouterr().out)["network"]["precision"] == "bfloat16"


def test_numbers_may_be_schedules():
    flags = ("--lr=cosine:0.002@0,0.0005@2000", "--set=ema.kimg=linear:1@0,10@100")
    found = program_flags(*flags).settings
    assert found["optimizer.learning_rate"] == Schedule("cosine", (0.002, 0.0005), (0, 2000))
    assert found["ema.kimg"] == Schedule("linear", (1, 10), (0, 100))
    with refused("lr="):
        program_flags("--lr=cosine:0.002@0,0@2000")
