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
from absl import flags

from ada_tf.cli import _program, train
from ada_tf.errors import UserError
from ada_tf.training.checkpoint import newest

ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
# Four batches: pictures at the start and the end, one checkpoint by the clock after every batch.
SHORT = ["--preset=tiny", "--data=digits", "--subset=64", "--kimg=0.12", "--seed=3"]


def command(*arguments):
    return [sys.executable, "-m", "ada_tf.cli.train", *arguments]


def finish(*arguments):
    result = subprocess.run(
        command(*arguments), capture_output=True, text=True, env=ENVIRONMENT, timeout=300
    )
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
    assert stdout.splitlines()[0] == f"Starting {run_dir}"
    names = {p.name for p in run_dir.iterdir()}
    assert {"training_options.json", "log.txt", "reals.png", "reals_augmented.png", "fakes_init.png",
            "fakes000000.png", "stats.jsonl", "checkpoints"} <= names  # fmt: skip
    assert any(n.startswith("events.out.tfevents") for n in names)
    stats = [json.loads(line) for line in (run_dir / "stats.jsonl").read_text().splitlines()]
    assert stats[0]["Progress/tick"]["mean"] == 0
    for key in ("Loss/scores/real", "Loss/signs/fake", "Loss/G/loss", "Loss/D/reg", "Timing/sec_per_kimg",
                "Resources/cpu_mem_gb", "Progress/augment"):  # fmt: skip
        assert {"num", "mean", "std"} == set(stats[0][key])
    assert "tick 0     kimg 0.0" in (run_dir / "log.txt").read_text()


def test_the_same_command_finds_a_finished_run(uninterrupted):
    _, outdir = uninterrupted
    (run_dir,) = outdir.iterdir()
    stdout = finish(*SHORT, f"--outdir={outdir}")
    assert stdout.splitlines()[0] == f"Continuing {run_dir}"
    assert "This run is complete" in stdout
    assert list(outdir.iterdir()) == [run_dir]


def checkpoints(outdir):
    """Those of a run in progress."""
    return list(outdir.glob("*/checkpoints/images-[1-9]*.index"))


def test_killed_and_continued_equals_uninterrupted(uninterrupted, tmp_path):
    """SIGKILL as soon as a checkpoint exists; the same command goes on from there."""
    outdir = tmp_path / "runs"
    arguments = [*SHORT, f"--outdir={outdir}", "--checkpoint_minutes=0"]
    process = subprocess.Popen(
        command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    deadline = time.time() + 200
    # images-0 is saved before the first batch.
    while not checkpoints(outdir) and process.poll() is None and time.time() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert checkpoints(outdir)
    stdout = finish(*arguments)
    assert stdout.startswith("Continuing")
    _, whole = uninterrupted
    expected, found = numbers(next(whole.iterdir())), numbers(next(outdir.iterdir()))
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    assert expected["state/counters/images_seen/.ATTRIBUTES/VARIABLE_VALUE"] == 128


def test_sigterm_saves_and_exits_0(tmp_path):
    arguments = [*SHORT[:-2], "--kimg=1000", f"--outdir={tmp_path}"]
    process = subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        text=True,
    )
    with process:
        for line in process.stdout:
            if line.startswith("tick 0"):
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "SIGTERM: saving and stopping after" in rest
    assert newest(next(tmp_path.iterdir()))


@pytest.fixture
def run(tmp_path):
    """Call the program in this process, with flags of its own."""

    def call(*arguments):
        values = flags.FlagValues()
        train.define_flags(values)
        _program.parse_flags(
            ["ada-train", f"--outdir={tmp_path / 'runs'}", *arguments], values=values
        )
        return train.main(["ada-train"], values)

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
    )
    printed = json.loads(capsys.readouterr().out)
    assert printed["loss"]["r1_gamma"] == 0.5
    assert (printed["augment"]["mode"], printed["augment"]["p"]) == ("fixed", 0.25)
    assert (printed["num_classes"], printed["data"]["resolution"]) == (10, 16)
    assert not (tmp_path / "runs").exists()


def test_flagfile(run, capsys, tmp_path):
    (tmp_path / "flags.txt").write_text("--preset=tiny\n--data=digits\n--batch=8\n")
    run(f"--flagfile={tmp_path / 'flags.txt'}", "--dry_run")
    printed = json.loads(capsys.readouterr().out)
    assert (printed["batch"], printed["batch_gpu"]) == (8, 8)


@pytest.mark.parametrize("preset", ["tiny", "auto"])
@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--precision=bfloat16", ("bfloat16", 4, 256.0)),
        ("--precision=float16", ("float16", 4, 256.0)),
        ("--fp32", ("float16", 0, None)),
    ],
)
def test_precision_is_what_the_flag_says_with_every_preset(run, capsys, preset, flag, expected):
    run("--data=digits", "--resolution=32", f"--preset={preset}", flag, "--dry_run")
    network = json.loads(capsys.readouterr().out)["network"]
    found = tuple(network[k] for k in ("precision", "num_low_precision", "conv_clamp"))
    assert found == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [([], True), (["--notf32"], False), (["--fp32"], False), (["--fp32", "--tf32"], True)],
)
def test_tf32_has_a_flag(run, capsys, flags, expected):
    run("--data=digits", "--preset=tiny", *flags, "--dry_run")
    assert json.loads(capsys.readouterr().out)["tf32"] is expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "data is missing"),
        (["--data=/no/such/folder"], "/no/such/folder"),
        (["--data=digits", "--preset=best"], "preset='best' must be one of"),
        (["--data=digits", "--resolution=24"], "resolution=24"),
        (["--data=digits", "--preset=tiny", "--batch=6"], "batch_gpu=6 does not divide"),
        (["--data=digits", "--strategy=many"], "strategy='many' must be one of none, mirrored"),
        (["--data=digits", "--preset=tiny", "--p=0.5"], "p=0.5 goes with --aug=fixed only"),
        (["--data=digits", "--preset=tiny", "--aug=fixed"], "aug='fixed' needs --p"),
        (
            ["--data=digits", "--preset=tiny", "--aug=noaug", "--augpipe=bg"],
            "does not go with --aug=noaug",
        ),
        (["--data=digits", "--preset=tiny", "--augpipe=bgx"], "bgx"),
        (["--data=digits", "--preset=tiny", "--xla=yes"], "xla='yes' must be auto, on or off"),
        (["--data=digits", "--preset=tiny", "--precision=int8"], "precision='int8' must be one of"),
        (["--data=digits", "--preset=tiny", "--subset=16"], "batch=32 is more than the 16 images"),
        (["--data=digits", "--preset=tiny", "--outdir=/dev/null/runs"], "cannot be written"),
        (["--data=digits", "--preset=tiny", "--resume=/no/run"], "/no/run holds no checkpoint"),
        (["--data=digits", "--flagless"], "--flagless is not a flag"),
    ],
)
def test_mistakes_get_one_sentence(run, arguments, message, tmp_path):
    with pytest.raises(UserError, match=message) as error:
        run(*arguments)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "runs").exists()


def test_a_checkpoint_of_another_architecture_is_named(run, uninterrupted):
    _, outdir = uninterrupted
    with pytest.raises(UserError, match="data.resolution: 32 here, 16 there"):
        run(
            "--data=digits",
            "--preset=tiny",
            "--resolution=32",
            f"--resume={next(outdir.iterdir())}",
        )
