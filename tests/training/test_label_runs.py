"""A run with several labels a picture, from its CSV to scores: trained, resumed, asked for, exported."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.cli import evaluate, export, generate
from ada_tf.cli import train as program
from ada_tf.data.creatures import creature, draw
from ada_tf.images import save_png
from ada_tf.inference.open_networks import open_trained
from ada_tf.marked_files import read_mark
from ada_tf.metrics.features import feature_network
from ada_tf.training.runs.checkpoint_folder import newest, read_config
from tests.cli.programs import read, run
from tests.metrics.networks import color_network
from tests.sentences import refused

pytestmark = pytest.mark.usefixtures("untraced_module")

IMAGES = 40
SETTINGS = (
    "--preset=tiny", "--cond", "--resolution=16", "--batch=8", "--snap=1", "--metrics=none",
    "--set=network.channel_base=128", "--set=network.channel_max=8", "--set=network.z_dim=8",
    "--set=network.w_dim=8", "--set=kimg_per_tick=0.016",
)  # fmt: skip


def call(module, *arguments):
    run(*arguments, program=module)


def train(folder: pathlib.Path, outdir: str, kimg: float) -> pathlib.Path:
    where = f"--data={folder / 'pictures'}", f"--cache_dir={folder / 'cache'}"
    call(program, *SETTINGS, *where, f"--outdir={folder / outdir}", f"--kimg={kimg}")
    return next((folder / outdir).iterdir())


def tensors(run_dir) -> dict:
    reader = tf.train.load_checkpoint(newest(run_dir))
    kinds = reader.get_variable_to_dtype_map()
    return {name: reader.get_tensor(name) for name, kind in kinds.items() if kind != tf.string}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of everything, and a run of two ticks."""
    folder = tmp_path_factory.mktemp("labels")
    (folder / "pictures").mkdir()
    rows = ["file,ground,cheeks,eyes,x"]
    for number in range(IMAGES):
        of = creature(number)
        save_png(draw(of, 16), folder / "pictures" / f"{number}.png")
        rows.append(f"{number}.png,{of.ground},{of.cheeks},{of.eyes / 2},{40 + 900 * of.x:.3f}")
    (folder / "pictures" / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder, train(folder, "runs", 0.032)


def test_a_run_keeps_what_its_labels_are(trained):
    space = read_config(newest(trained[1])).label_space
    assert space.class_names == ("hills", "night", "plain", "rays", "sun")
    assert space.attributes == ("cheeks", "eyes", "x")
    assert space.ranges[:2] == ((0, space.ranges[0][1], 1), (0.5, 1, 1.5))
    # Years, say: standardised inside of the networks, and nowhere else.
    assert [scale == (0, 1) for scale in space.scales] == [True, True, False]
    low, _, high = space.ranges[2]
    assert low < space.scales[2][0] < high
    assert high - low > 100
    stats = json.loads((trained[1] / "stats.jsonl").read_text().splitlines()[-1])
    assert np.isfinite(stats["Loss/D/loss"]["mean"])


def test_a_resumed_run_equals_one_that_was_not_interrupted(trained):
    folder, whole = trained
    train(folder, "parts", 0.016)
    resumed = train(folder, "parts", 0.032)
    ours, theirs = tensors(whole), tensors(resumed)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name], err_msg=name)


def test_pictures_of_a_label(trained, tmp_path):
    run = trained[1]
    asked = "--class=sun", "--label=cheeks:1,x:-50", "--seeds=0-3", "--trunc=0.7"
    call(generate, run, *asked, f"--outdir={tmp_path / 'out'}")
    assert len(list((tmp_path / "out").iterdir())) == 4
    call(
        generate, run, "--seeds=0", "--rows=attributes", "--class=sun", f"--outdir={tmp_path / 'g'}"
    )
    # The same of a network folder, which was given away without its run.
    call(export, run, "--format=network", f"--out={tmp_path / 'net'}")
    assert open_trained(tmp_path / "net").label_space == open_trained(run).label_space
    assert "--label=cheeks:1" in (tmp_path / "net" / "README.md").read_text()
    call(generate, tmp_path / "net", *asked, f"--outdir={tmp_path / 'again'}")
    for one in ("seed0000.png", "seed0003.png"):
        ours, theirs = tmp_path / "out" / one, tmp_path / "again" / one
        np.testing.assert_array_equal(read(ours), read(theirs))
        # They differ in what they say of the network's name, not of its weights.
        assert read_mark(ours).sha256 == read_mark(theirs).sha256


def test_scores_of_a_run_and_of_its_export(trained, tmp_path, monkeypatch):
    folder, run = trained
    monkeypatch.setattr(
        feature_network, "load_network", lambda name, **options: color_network(name)
    )
    call(export, run, f"--out={tmp_path / 'exported'}")
    signature = tf.saved_model.load(str(tmp_path / "exported")).signatures["serving_default"]
    assert signature.structured_input_signature[1]["labels"].shape.as_list() == [None, 8]
    options = "--metrics=kid20_full", "--features=mobilenet", f"--cache_dir={folder / 'cache'}"
    data = f"--data={folder / 'pictures'}", "--cond"
    for given in ((run,), (tmp_path / "exported", *data)):
        out = tmp_path / given[0].name
        call(evaluate, *given, *options, f"--outdir={out}")
        (scores,) = out.glob("metric-kid20_full*.jsonl")
        (line,) = scores.read_text().splitlines()
        assert all(np.isfinite(value) for value in json.loads(line)["results"].values())
    with refused("per_class=True"):
        call(evaluate, run, *options, "--per_class")
