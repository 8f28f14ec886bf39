"""States of runs: what is read from their files."""

import json
import subprocess
import sys

import numpy as np
import pytest

from experiments import runs, states

RUN = runs.Run("one", (), 8)


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "one" / "00000-creatures-tiny"
    folder.mkdir(parents=True)
    pace = {0: 500.0, 4: 6.0, 8: 30.0, 12: 6.0}
    lines = [
        {
            "Progress/kimg": {"mean": kimg},
            "Progress/augment": {"mean": kimg / 100},
            "Loss/signs/real": {"mean": -kimg / 100},
            "Timing/sec_per_kimg": {"mean": seconds},
        }
        for kimg, seconds in pace.items()
    ]
    (folder / "stats.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


@pytest.mark.parametrize(("kimg", "minutes"), [(4, 0.4), (12, 1.2)])
def test_progress_is_that_of_the_state(out, kimg, minutes):
    assert states.progress(RUN, 1000 * kimg, out) == pytest.approx(
        {"p": kimg / 100, "statistic": -kimg / 100, "minutes": minutes}
    )


def test_the_statistic_is_what_moves_p_where_it_was_recorded(out):
    with open(out / "one" / "00000-creatures-tiny" / "stats.jsonl", "a") as file:
        line = {"Progress/kimg": 16, "Loss/signs/real": 1.0, "ADA/statistic": 0.25}
        line |= {"Timing/sec_per_kimg": 6.0, "Progress/augment": 0.1}
        file.write(json.dumps({name: {"mean": value} for name, value in line.items()}) + "\n")
    assert states.progress(RUN, 16_000, out)["statistic"] == 0.25


def test_outputs_are_of_all_whole_batches():
    seen = []

    def discriminator(images):
        seen.append(images)
        return images[:, 0, 0, :1] + 0.5

    pictures = np.zeros((250, 2, 2, 3), np.uint8)
    pictures[:50] = 255
    found = states.outputs(discriminator, pictures)
    assert np.concatenate(seen).shape == (200, 2, 2, 3)
    assert found == pytest.approx({"mean": -1 + 2 * 50 / 200 + 0.5, "sign": -1 + 2 * 50 / 200})


def test_outputs_of_few_pictures_are_of_whole_groups():
    seen = []
    discriminator = lambda images: seen.append(len(images)) or images[:, 0, 0, :1]  # noqa: E731
    assert states.outputs(discriminator, np.full((30, 2, 2, 3), 255, np.uint8))["mean"] == 1.0
    assert seen == [28]


def test_no_file_has_no_lines(tmp_path):
    assert states.read(tmp_path / "results.jsonl") == []


def test_what_is_measured_is_not_measured_again(out, monkeypatch):
    kept = out / "one" / "00000-creatures-tiny" / "snapshots"
    kept.mkdir()
    for images in (2000, 4000, 6000):
        (kept / f"images-{images}.index").touch()
    seen = []

    class Measure:
        def __init__(self, folder):
            assert folder == out

        def __call__(self, run, images, state):
            seen.append((run.name, images, state))
            return {"kid": [0.1, 0.01]}

    monkeypatch.setattr(states, "Measure", Measure)
    results = out / "results.jsonl"
    states.measure([RUN], [4], out, results)
    assert seen == [("one", 4000, str(kept / "images-4000"))]
    (kept / "images-8000.index").touch()  # the last state, which is not among those asked for
    states.measure([RUN], [4], out, results)
    assert [images for _, images, _ in seen] == [4000, 8000]
    assert [line["images"] for line in states.read(results)] == [4000, 8000]


def test_what_is_measured_already_needs_no_network(out, monkeypatch):
    from ada_tf.metrics.features import feature_network

    monkeypatch.setattr(feature_network, "load_network", lambda name: pytest.fail(f"loads {name}"))
    states.measure([RUN], [4], out, out / "results.jsonl")


def test_a_name_of_no_run_is_said(tmp_path):
    command = [sys.executable, "-m", "experiments.rt_rv.run", f"--out={tmp_path}", "--only=adb"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr.splitlines() == ["--only=adb must begin the name of a run: ada, adarv."]
