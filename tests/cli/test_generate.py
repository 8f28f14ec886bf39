import contextlib
import errno
import functools
import os
import resource
import sys

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

import ada_tf.images
from ada_tf.cli import _pictures, generate
from ada_tf.errors import UserError
from ada_tf.images import tile, to_uint8
from ada_tf.inference.drawn_labels import labels_of_seeds
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.label_space import LabelSpace
from ada_tf.models.label_vectors import label_means
from tests import forked
from tests.cli.programs import read, run
from tests.inference.runs import save_run
from tests.sentences import refused

call = functools.partial(run, program=generate)


def assert_same_picture(picture, image):
    """Rounding in another order may move a byte by one."""
    difference = np.abs(picture.astype(int) - to_uint8(image))
    assert difference.max() <= 1
    assert difference.mean() < 0.01


def test_one_image_a_seed_and_a_grid(plain, tmp_path, capsys):
    network, generator = plain
    out = tmp_path / "new" / "out"
    call(f"--network={network}", "--seeds=1,10000,5-7", f"--outdir={out}", "--grid", "--batch=2")
    seeds = [1, 10000, 5, 6, 7]
    names = [f"seed{seed:04d}.png" for seed in seeds]
    assert sorted(p.name for p in out.iterdir()) == sorted([*names, "grid.png"])
    pictures = [read(out / name) for name in names]
    for picture, image in zip(pictures, generator(latents_from_seeds(seeds, 8)), strict=True):
        assert_same_picture(picture, image)
    grid = read(out / "grid.png")  # rounded, where single images are truncated
    difference = np.abs(grid.astype(int) - tile(np.stack(pictures), columns=3))
    assert difference.max() <= 1
    assert capsys.readouterr().out == f"Wrote 5 images to {out}\n"


def test_class_truncation_and_noise(conditional, tmp_path):
    network, generator = conditional
    options = [f"--network={network}", "--seeds=4", f"--outdir={tmp_path}", "--overwrite"]
    z, label = latents_from_seeds([4], 8), np.array([[0, 0, 1]], np.float32)
    of_class = generator.map(z, label, 0.5, mean=label_means(generator, [2]))
    of_all = generator.map(z, label, 0.5)
    for flags_, ws in (
        ([], of_class),
        (["--trunc_towards=class"], of_class),
        (["--trunc_towards=global"], of_all),
    ):
        call(*options, "--class=2", "--trunc=0.5", "--noise_mode=none", *flags_)
        image = generator.synthesis(ws, noise_mode="none")
        assert_same_picture(read(tmp_path / "seed0004.png"), image[0, :, :, 0])


def test_conditional_generators_need_a_class_they_know(conditional, tmp_path):
    out = tmp_path / "out"
    with refused():
        call(f"--network={conditional[0]}", "--seeds=4", f"--outdir={out}", "--class=3")
    assert not out.exists()


def test_without_a_class_it_is_drawn_by_seed(conditional, tmp_path, capsys):
    network, generator = conditional
    classes = labels_of_seeds(LabelSpace(3), range(5))
    assert len(set(classes)) > 1
    call(f"--network={network}", "--seeds=0-4", f"--outdir={tmp_path / 'all'}")
    assert capsys.readouterr().err.startswith("labels: drawn by seed as in the data: ")
    call(f"--network={network}", "--seeds=3", f"--outdir={tmp_path / 'one'}")
    one = labels_of_seeds(LabelSpace(3), [3])[0]
    assert f": 1 class {one}; ask for others by --class" in capsys.readouterr().err
    labels = np.eye(3, dtype=np.float32)[classes]
    for seed, image in enumerate(generator(latents_from_seeds(range(5), 8), labels)):
        found = read(tmp_path / "all" / f"seed{seed:04d}.png")
        assert_same_picture(found, image[..., 0])
    again = (tmp_path / "one" / "seed0003.png").read_bytes()
    assert again == (tmp_path / "all" / "seed0003.png").read_bytes()


def test_a_class_has_a_name(tmp_path):
    generator = save_run(
        tmp_path / "run", resolution=8, channels=1, classes=3, names=("cat", "dog", "owl")
    ).generator_ema
    options = [str(tmp_path / "run"), "--seeds=4", f"--outdir={tmp_path / 'out'}", "--overwrite"]
    image = generator(latents_from_seeds([4], 8), np.array([[0, 0, 1]], np.float32))
    for name in ("owl", "2"):
        call(*options, f"--class={name}")
        assert_same_picture(read(tmp_path / "out" / "seed0004.png"), image[0, :, :, 0])
    with pytest.raises(UserError) as caught:
        call(*options, "--class=hen")
    assert str(caught.value) == "class=hen must be one of cat, dog, owl, or a number of 0 to 2."


@pytest.fixture(scope="module")
def attributes(tmp_path_factory):
    run = tmp_path_factory.mktemp("attributes") / "run"
    ranges = {"smiling": (0.0, 1.0, 1.0), "age": (-1.0, 0.25, 3.0)}
    model = save_run(run, resolution=8, channels=1, classes=2, names=("cat", "dog"), ranges=ranges)
    return run, model.generator_ema


@pytest.mark.parametrize(
    ("flags_", "vector"),
    [
        (["--class=dog"], [0, 1, 1, 0.25]),
        (["--class=cat", "--label=age:2,smiling:0"], [1, 0, 0, 2]),
        (["--class=cat:0.25,dog:0.75", "--label=age:0"], [0.25, 0.75, 1, 0]),
    ],
)
def test_attributes_and_mixtures(attributes, tmp_path, flags_, vector):
    run, generator = attributes
    call(f"--network={run}", "--seeds=4", f"--outdir={tmp_path}", "--trunc=0.7", *flags_)
    label = np.array([vector], np.float32)
    mean = label_means(generator, label)
    ws = generator.map(latents_from_seeds([4], 8), label, 0.7, mean=mean)
    image = generator.synthesis(ws, noise_mode="const").numpy()[0]
    assert_same_picture(read(tmp_path / "seed0004.png").reshape(8, 8, 1), image)


def test_a_row_for_each_class_or_attribute(attributes, tmp_path, capsys):
    run, generator = attributes
    options = [f"--network={run}", "--seeds=4,5", f"--outdir={tmp_path}", "--overwrite"]
    z = latents_from_seeds([4, 5], 8)
    call(*options, "--rows=classes", "--label=age:2")
    assert [p.name for p in tmp_path.iterdir()] == ["grid.png"]
    rows = [generator(z, np.float32([[*one, 1, 2]] * 2)).numpy() for one in np.eye(2)]
    assert_same_picture(read(tmp_path / "grid.png"), tile(np.concatenate(rows), columns=2)[..., 0])
    call(*options, "--rows=attributes", "--class=dog")
    grid = read(tmp_path / "grid.png")
    assert grid.shape[:2] == (4 * 8, 7 * 8)  # each attribute of each seed, in seven steps
    last = generator(z[1:], np.float32([[0, 1, 1, 3]])).numpy()[0]
    assert_same_picture(grid[-8:, -8:].reshape(8, 8, 1), last)
    assert capsys.readouterr().out == f"Wrote 1 image to {tmp_path}\n" * 2


@pytest.mark.parametrize(
    "flags_",
    [
        ["--label=age:1"],
        ["--class=dog", "--label=hat:1"],
        ["--class=dog", "--rows=classes"],
        ["--class=dog", "--label=age"],
    ],
)  # fmt: skip
def test_attributes_that_cannot_be(attributes, tmp_path, flags_):
    with refused():
        call(f"--network={attributes[0]}", "--seeds=4", f"--outdir={tmp_path}", *flags_)


@pytest.mark.parametrize("flag", ["class=3", "label=age:1"])
def test_a_label_for_an_unconditional_generator_is_refused(plain, tmp_path, flag):
    """As `ada_tf.generate` does: the picture would not be what was asked for."""
    with refused(flag.partition("=")[0]):
        call(f"--network={plain[0]}", "--seeds=4", f"--outdir={tmp_path}", f"--{flag}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("taken", ["seed0004.png", "grid.png"])
def test_images_are_replaced_only_when_asked(plain, tmp_path, taken):
    (tmp_path / taken).write_text("precious")
    options = [f"--network={plain[0]}", "--seeds=4", f"--outdir={tmp_path}", "--grid"]
    with refused(taken):
        call(*options)
    assert (tmp_path / taken).read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1
    call(*options, "--overwrite")
    assert read(tmp_path / taken).shape == (16, 16, 3)


def test_a_run_is_given_without_a_flag_too(plain, tmp_path):
    call(str(plain[0]), "--seeds=4", f"--outdir={tmp_path / 'a'}")
    assert (tmp_path / "a" / "seed0004.png").is_file()
    with refused("RUN='other'"):
        call("other", f"--network={plain[0]}", "--seeds=4", f"--outdir={tmp_path / 'b'}")


@pytest.mark.parametrize("trunc", ["nan", "inf", "1e38"])
def test_a_truncation_that_makes_no_images(plain, tmp_path, trunc):
    with refused("trunc="):
        call(str(plain[0]), "--seeds=4", f"--outdir={tmp_path}", f"--trunc={trunc}")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_by_the_name_of_a_image(plain, tmp_path):
    (tmp_path / "seed0005.png").mkdir()
    options = [str(plain[0]), "--seeds=4-6", f"--outdir={tmp_path}"]
    with refused("outdir=", "seed0005.png"):
        call(*options)
    with refused("seed0005.png"):
        call(*options, "--overwrite")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["seed0004.png", "seed0005.png"]


def test_a_full_disk_leaves_whole_images_only(plain, tmp_path):
    """A limit on file sizes stands for the full disk: the grid is larger than any image."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))
    try:
        with refused("grid.png"):
            call(str(plain[0]), "--seeds=0-8", f"--outdir={tmp_path}", "--grid")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"seed{n:04d}.png" for n in range(9)]
    for path in tmp_path.iterdir():
        assert read(path).shape == (16, 16, 3)


def test_a_disk_that_is_full_at_the_last_row_of_a_grid_is_a_sentence(tmp_path, monkeypatch):
    @contextlib.contextmanager
    def growing_grid(path, *_):
        yield lambda images: None
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ada_tf.images, "growing_grid", growing_grid)
    with pytest.raises(UserError, match=r"grid\.png cannot be written: No space left"):  # noqa: SIM117
        with _pictures.grid_of(tmp_path, 4, 2) as add:
            add(None)


def test_an_outdir_of_odd_bytes_is_printed_escaped(plain, tmp_path, capsys):
    out = os.fsdecode(os.fsencode(tmp_path) + b"/\xff[1]\n")
    call(str(plain[0]), "--seeds=4", f"--outdir={out}")
    assert capsys.readouterr().out == f"Wrote 1 image to {tmp_path}/\\udcff[1]\\n\n"
    assert os.listdir(out) == ["seed0004.png"]


@pytest.mark.parametrize(
    "path",
    [
        "gs://x/ffhq.pkl",
        "runs/a[1]",
        b"runs/\xff",
        ".",
        "/",
        "..",
        "",
        "nowhere.pkl",
    ],
)
def test_runs_that_cannot_be_read(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with refused():
        call(f"--network={os.fsdecode(path)}", "--seeds=4", "--outdir=out")
    with refused("outdir='s3://x'"):
        call("a", "--seeds=4", "--outdir=s3://x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["network", "seeds", "outdir"])
def test_what_is_missing_is_named(missing):
    given = [f"--{name}=1" for name in ("network", "seeds", "outdir") if name != missing]
    with refused(missing):
        call(*given)


def test_an_outdir_that_is_a_file_is_refused(plain, tmp_path):
    (tmp_path / "file").write_text("")
    with refused("outdir="):
        call(f"--network={plain[0]}", "--seeds=4", f"--outdir={tmp_path / 'file'}")


def test_the_program_ends_in_one_sentence_without_traceback(tmp_path):
    command = [sys.executable, "-m", "ada_tf.cli.generate", f"--network={tmp_path}", "--seeds=1-2"]
    done = forked.run([*command, f"--outdir={tmp_path}"], timeout=120)
    assert done.returncode == 2
    # TensorFlow's C++ half may say something first.
    assert done.stderr.splitlines()[-1].startswith(f"error: {tmp_path} holds no checkpoint")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("channels", "mode"), [(2, "LA"), (4, "RGBA")])
def test_alpha_is_written(channels, mode, tmp_path):
    network = save_run(tmp_path / "run", channels=channels) and tmp_path / "run"
    call(f"--network={network}", "--seeds=1-4", f"--outdir={tmp_path / 'out'}", "--grid")
    with PIL.Image.open(tmp_path / "out/seed0001.png") as picture:
        assert picture.mode == mode
    assert read(tmp_path / "out/grid.png").shape == ((32, 32, 3) if channels == 4 else (32, 32))


def test_deep_pictures_and_arrays(tmp_path):
    network = save_run(tmp_path / "run") and tmp_path / "run"
    options = [f"--network={network}", "--seeds=3", f"--outdir={tmp_path / 'out'}", "--overwrite"]
    call(*options, "--format=png16")
    deep = tf.io.decode_png((tmp_path / "out/seed0003.png").read_bytes(), dtype=tf.uint16).numpy()
    assert len(np.unique(deep)) > 256
    call(*options, "--format=png")
    call(*options, "--format=npy")
    plain = np.load(tmp_path / "out/seed0003.npy")
    assert plain.dtype == np.uint8
    np.testing.assert_array_equal(plain, read(tmp_path / "out/seed0003.png"))
    np.testing.assert_allclose(deep / 257, plain, atol=0.51)


def test_bands_are_written_as_arrays_alone(tmp_path):
    network = save_run(tmp_path / "run", channels=6) and tmp_path / "run"
    options = [f"--network={network}", "--seeds=3", f"--outdir={tmp_path / 'out'}"]
    with refused("format='png16'"):
        call(*options, "--format=png16")
    assert not (tmp_path / "out").exists()
    call(*options, "--format=npy", "--grid")
    assert np.load(tmp_path / "out/seed0003.npy").shape == (16, 16, 6)
    assert read(tmp_path / "out/grid.png").shape == (16, 16, 3)
