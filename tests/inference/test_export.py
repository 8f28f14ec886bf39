import dataclasses
import functools
import json
import sys
import types

import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter

from ada_tf.errors import UserError
from ada_tf.inference import export as module
from ada_tf.inference.export import deviation_of, export_generator
from ada_tf.inference.generate import generate, map_latents
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.export.card import GRID, README, Facts
from ada_tf.interop.export.export_formats import FLOAT32, FORMATS, add_export, onnx_file, takers
from ada_tf.interop.export.folders import CONFIG
from ada_tf.interop.graph_ops import PURE, SAVER
from ada_tf.label_space import LabelSpace
from tests.interop.architectures import ARCHITECTURES, build
from tests.sentences import refused

# Operators of ONNX and of LiteRT themselves. Whoever needs another one looks first for it in the lists of
# ONNX Runtime Web and of LiteRT's delegates, and in opset 18.
STANDARD = {
    "onnx": "Add Cast Concat Conv ConvTranspose Equal Expand Gather Greater Identity If LeakyRelu Less MatMul Max Min"
    " Mul Not OneHot Pad Reciprocal ReduceMean ReduceSum Reshape Shape Slice Split Sqrt Squeeze Sub Tile"
    " Transpose Unsqueeze Where",
    "litert": "ADD BATCH_MATMUL BROADCAST_TO CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEQUANTIZE"
    " EMBEDDING_LOOKUP EQUAL FULLY_CONNECTED GATHER IF LEAKY_RELU LESS MAXIMUM MEAN MINIMUM MUL ONE_HOT PACK PAD REDUCE_ALL RESHAPE RSQRT"
    " SELECT SELECT_V2 SHAPE SPLIT SQUARE STRIDED_SLICE SUB TILE TRANSPOSE TRANSPOSE_CONV UNPACK",
}
STANDARD["savedmodel"] = " ".join(PURE | SAVER)  # what `ada-evaluate` loads of strangers
CLASSES = "orig, grey, wide, classes"
OUT_OF_RANGE = {"onnx": r"must be within the inclusive range|out of (data )?bounds", "litert": "out of bounds", "savedmodel": "class numbers of 0 to 2"}  # fmt: skip

formats = pytest.mark.parametrize("format", [name for name, row in FORMATS.items() if row.writer])


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "_SECONDS", 0.0)


@formats
@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_every_architecture_leaves_in_standard_operators(tmp_path, name, format):
    generator, of = build(name)
    report = export_generator(generator, of, tmp_path / "faces", format)
    assert set(report.operators) <= set(STANDARD[format].split())
    as_trained = FORMATS[format].as_trained and of.network.precision == "float16"
    assert report.deviation.largest < (
        0.02 if as_trained else 1e-5
    )  # far inside of what is accepted
    assert json.loads((tmp_path / "faces" / CONFIG).read_text())["export"] == json.loads(
        json.dumps(report.as_json())
    )


@pytest.fixture(scope="module")
def classes():
    return build(CLASSES)


@pytest.fixture(scope="module")
def exported(classes, tmp_path_factory):
    """A function that exports to a format once, with a card, and returns the folder."""
    generator, of = classes
    facts = Facts(name="faces", architecture=of, space=LabelSpace(3))

    @functools.cache
    def export(format):
        folder = tmp_path_factory.mktemp(format) / "faces"
        export_generator(generator, of, folder, format, facts=facts)
        return folder

    return export


def test_onnx_runtime_alone_makes_the_pictures(classes, exported):
    """Of any batch, psi and class for each; three files that agree."""
    generator, _ = classes
    assert {p.name for p in exported("onnx").iterdir()} == {
        CONFIG, README, GRID, "faces.onnx", "faces.mapping.onnx", "faces.synthesis.onnx",
    }  # fmt: skip
    whole, mapping, synthesis = (
        onnxruntime.InferenceSession(exported("onnx") / f"faces{part}.onnx")
        for part in ("", ".mapping", ".synthesis")
    )
    assert {(i.name, tuple(i.shape[1:]), i.type) for i in whole.get_inputs()} == {
        ("z", (8,), "tensor(float)"),
        ("label", (), "tensor(int32)"),
        ("truncation_psi", (), "tensor(float)"),
    }
    labels, psis = np.array([2, 0, 1], np.int32), np.array([0, 0.5, 1], np.float32)
    z = latents_from_seeds([4, 5, 6], 8)
    one_by_one = [
        generate(generator, z[i : i + 1], labels=labels[i : i + 1], truncation_psi=float(psis[i]))
        for i in range(3)
    ]
    for rows in (slice(0, 3), slice(1, 2)):
        inputs = {"z": z[rows], "label": labels[rows], "truncation_psi": psis[rows]}
        (images,) = whole.run(["images"], inputs)
        np.testing.assert_allclose(images, np.concatenate(one_by_one[rows]), atol=1e-5)
        (ws,) = mapping.run(["ws"], inputs)
        (same,) = synthesis.run(["images"], {"ws": ws})
        np.testing.assert_allclose(same, images, atol=1e-5)


def test_litert_alone_makes_the_pictures(classes, tmp_path):
    generator, of = classes
    export_generator(generator, of, tmp_path / "faces", "litert", batch=2)
    interpreter = Interpreter(str(tmp_path / "faces" / "faces.tflite"))
    run, mapping = map(interpreter.get_signature_runner, ("images", "mapping"))
    inputs = {"z": latents_from_seeds([4, 5], 8), "label": np.array([2, 0], np.int32)}
    psi = np.full(2, 0.5, np.float32)
    expected = generate(generator, inputs["z"], labels=inputs["label"], truncation_psi=0.5)
    images = run(**inputs, truncation_psi=psi)["images"]
    np.testing.assert_allclose(images, expected, atol=1e-5)
    ws = mapping(**inputs, truncation_psi=psi)["ws"]
    (same,) = interpreter.get_signature_runner("synthesis")(ws=ws).values()
    np.testing.assert_allclose(same, expected, atol=1e-5)


@formats
def test_a_class_that_does_not_exist_is_an_error(exported, format):
    runner = FORMATS[format].module.Runner(exported(format))
    inputs = {"z": latents_from_seeds([1], 8), "truncation_psi": np.ones(1, np.float32)}
    for label in (3, -1):
        with pytest.raises(Exception, match=OUT_OF_RANGE[format]):
            runner("images", **inputs, label=np.array([label], np.int32))


@formats
def test_truncation_pulls_toward_the_class_or_all(classes, exported, tmp_path, format):
    """Toward the class where nothing else is asked for."""
    generator, of = classes
    export_generator(generator, of, tmp_path / "faces", format, truncation="global")
    z, labels = latents_from_seeds([1], 8), np.array([2], np.int32)
    inputs = {"z": z, "label": labels, "truncation_psi": np.zeros(1, np.float32)}
    for toward, folder in (("class", exported(format)), ("global", tmp_path / "faces")):
        ws = FORMATS[format].module.Runner(folder)("mapping", **inputs)
        expected = map_latents(generator, z, labels=labels, truncation_psi=0, truncation=toward)
        np.testing.assert_allclose(ws, expected, atol=1e-5)


@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_half_the_weights_are_half_the_file(tmp_path, format):
    """Of trained networks, and within what the formats promise."""
    generator, of = load_generator("creatures")
    sizes = {}
    for weights in FORMATS[format].weights:
        report = export_generator(generator, of, tmp_path / weights, format, weights=weights)
        sizes[weights] = sum(report.megabytes.values())
    assert report.deviation.largest > FLOAT32.largest / 10  # it has been stored in fewer bits
    assert sizes["float16"] < 0.55 * sizes["float32"]


def test_one_batch_alone_where_that_is_asked_for(tmp_path):
    generator, of = build("skip, rgb")
    report = export_generator(generator, of, tmp_path / "faces", "onnx", batch=3)
    assert report.batch == 3
    assert not (tmp_path / "faces" / README).exists()  # without facts there is no card
    session = onnxruntime.InferenceSession(tmp_path / "faces" / "faces.onnx")
    assert [i.shape[0] for i in session.get_inputs()] == [3, 3]


@pytest.fixture
def quickly(monkeypatch):
    """A function that gives ONNX the place of a format that is written at once, and is wrong by a number."""

    def install(error):
        generator, of = build("skip, rgb")

        class Runner:
            def __init__(self, folder):
                assert onnx_file(folder).read_text() == "written"

            def __call__(self, function, *, ws=None, z=None, truncation_psi=None):
                if function == "synthesis":
                    return generator.synthesis(ws, noise_mode="const").numpy() + error
                ws = generator.map(z, None, truncation_psi[:, None, None]).numpy()
                return ws if function == "mapping" else self("synthesis", ws=ws) - error

        def write(generator, config, folder, **options):
            onnx_file(folder).write_text("written")
            return [onnx_file(folder)]

        fake = types.SimpleNamespace(
            write=write,
            Runner=Runner,
            operators=lambda folder: ["Add"],
        )
        monkeypatch.setitem(FORMATS, "onnx", dataclasses.replace(FORMATS["onnx"], writer=fake))
        return generator, of

    return install


def test_a_format_from_outside_is_a_row(tmp_path, quickly):
    generator, of = quickly(0)
    row = dataclasses.replace(
        FORMATS["onnx"], loading=lambda folder, z_dim, space: [f"Load {folder}."], tag="mine"
    )
    try:
        assert add_export("mine", row) is row
        facts = Facts(name="faces", architecture=of, space=LabelSpace())
        export_generator(generator, of, tmp_path / "faces", "mine", facts=facts)
    finally:
        FORMATS.pop("mine", None)
    names = {path.name for path in (tmp_path / "faces").iterdir()}
    assert names == {CONFIG, "faces.onnx", "README.md", "grid.png"}
    assert "Load faces." in (tmp_path / "faces" / "README.md").read_text()


def test_which_formats_take_a_flag():
    """Only what trains elsewhere has no truncation, and writes into no place that is taken."""
    for_training, cards = ["keras", "network"], [name for name in FORMATS if name != "web"]
    assert takers("fp32") == ["savedmodel"]
    assert takers("licence") == takers("data_licence") == cards
    others = [name for name in FORMATS if name not in for_training]
    assert takers("trunc_towards") == takers("overwrite") == others


@pytest.mark.parametrize("lacking", ["writer", "file", "weights", "tolerances['float16']"])
def test_a_row_that_lacks_something_is_refused(lacking):
    value = {"float32": FORMATS["onnx"].tolerances["float32"]} if "[" in lacking else None
    row = dataclasses.replace(FORMATS["onnx"], **{lacking.partition("[")[0]: value or ()})
    with refused(lacking):
        add_export("mine", row)
    assert "mine" not in FORMATS


@pytest.mark.parametrize("error", [0.5, np.nan])
def test_what_computes_something_else_is_never_there(tmp_path, quickly, error):
    """Nor does it replace what is there."""
    out = tmp_path / "faces"
    export_generator(*quickly(0), out, "onnx")
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    sentence = (
        r"^format=onnx: the pictures differ by (inf|\d+) levels .* 0\.016 are accepted; nothing was"
    )
    for path, overwrite in ((tmp_path / "new", False), (out, True)):
        with pytest.raises(UserError, match=sentence):
            export_generator(*quickly(error), path, "onnx", overwrite=overwrite)
    assert [p.name for p in tmp_path.iterdir()] == ["faces"]
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_what_is_there_is_kept(tmp_path, quickly):
    given = quickly(0)
    out = tmp_path / "faces"
    export_generator(*given, out, "onnx")
    with refused():
        export_generator(*given, out, "onnx")
    with refused("faces.onnx"):
        export_generator(*given, out, "litert", overwrite=True)
    export_generator(*given, out, "onnx", overwrite=True)
    (out / CONFIG).unlink()
    with refused():
        export_generator(*given, out, "onnx", overwrite=True)
    with refused("out=", "x.onnx'"):
        export_generator(*given, tmp_path / "x.onnx", "onnx")
    with refused("out='https://x.org/faces'"):
        export_generator(*given, "https://x.org/faces", "onnx")


def test_deviation_is_that_of_all_functions():
    expected = np.zeros([2, 4, 4, 1], np.float32)

    def runner(function, **inputs):
        return expected + {"mapping": 0, "images": 0.25, "synthesis": 0}[function]

    assert deviation_of(runner, [({}, expected), ({}, expected)]) == (0.25, 0.125)
    # Pictures that go far beyond [-1, 1] are off by as much as float32 is.
    assert deviation_of(lambda f, **i: expected + 110, [({}, expected + 100)]) == (0.1, 0.1)


@formats
def test_the_card_says_how_to_load_it(classes, exported, tmp_path, monkeypatch, format):
    """Its Python is run where the folder lies, and makes a picture of the generator."""
    generator, of = classes
    facts = Facts(name="faces", architecture=of, space=LabelSpace(3))
    monkeypatch.chdir(tmp_path)
    export_generator(generator, of, tmp_path / "faces/1", format, facts=facts)
    for folder, inside in ((exported(format), "faces"), (tmp_path / "faces/1", "faces/1")):
        assert {README, GRID} <= {path.name for path in folder.iterdir()}
        code = (folder / README).read_text().split("```python\n")[1].split("```")[0]
        monkeypatch.chdir(str(folder).removesuffix(inside))
        cells = {}
        exec(code, cells)
        expected = generate(generator, seeds=[0], labels=0, truncation_psi=0.7)
        np.testing.assert_allclose(cells["images"], expected, atol=1e-5)


def test_a_package_that_is_not_there_is_named(tmp_path, monkeypatch):
    generator, of = build("skip, rgb")
    for format, package in (("onnx", "tf2onnx"), ("litert", "ai_edge_litert.interpreter")):
        monkeypatch.setitem(sys.modules, package, None)
        with refused(f"'ada_tf[{format}]'"):
            export_generator(generator, of, tmp_path / "faces", format)
    assert list(tmp_path.iterdir()) == []
