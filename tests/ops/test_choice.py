"""What a GPU, and XLA, would get is known on any machine: each choice with both answers."""

import pytest
import tensorflow as tf

from ada_tf.ops import choice


@pytest.fixture
def on(monkeypatch):
    """Set the machine: `on(gpu=True)`; what is not given stays the answer False."""

    def set_to(gpu=False, compiling=False, bfloat16=False):
        monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
        monkeypatch.setattr(choice, "multiplies_float16", lambda: gpu)
        monkeypatch.setattr(choice, "is_compiling", lambda: compiling)
        monkeypatch.setattr(choice, "in_compiled_function", lambda: compiling)
        monkeypatch.setattr(choice, "multiplies_bfloat16", lambda: bfloat16)

    return set_to


@pytest.mark.parametrize("devices", [[], ["a GPU"]])
def test_a_gpu_is_one_that_the_process_sees(monkeypatch, devices):
    asked = {"GPU": devices, "CPU": ["a CPU"]}
    monkeypatch.setattr("tensorflow.config.list_physical_devices", asked.get)
    assert choice.on_gpu() is bool(devices)


@pytest.mark.parametrize(
    ("gpu", "bfloat16", "best"),
    [
        (True, False, "float16"),
        (True, True, "float16"),
        (False, True, "bfloat16"),
        (False, False, "float32"),
    ],
)
def test_best_precision(on, gpu, bfloat16, best):
    on(gpu=gpu, bfloat16=bfloat16)
    assert choice.best_precision() == best


@pytest.mark.parametrize("gpu", [True, False])
def test_a_cpu_alone_stores_what_it_multiplies_as_bfloat16_in_float32(on, gpu):
    on(gpu=gpu)
    assert choice.activations_of("bfloat16") == ("bfloat16" if gpu else "float32")
    for precision in ("float32", "float16"):
        assert choice.activations_of(precision) == precision


@pytest.mark.parametrize("gpu", [True, False])
@pytest.mark.parametrize("compiling", [True, False])
def test_xla_filters_with_the_table_and_knows_every_shape(on, gpu, compiling):
    on(gpu=gpu, compiling=compiling)
    assert choice.fir_implementation((1, 1)) == ("table" if compiling else "depthwise")
    for up in ((2, 2), (1, 2), (2, 1)):
        assert choice.fir_implementation(up) == "table"
    assert choice.shapes_follow_from_data() is not compiling
    assert choice.looks_up() is not compiling


def test_a_tpu_filters_with_matrices(monkeypatch):
    monkeypatch.setattr("tensorflow.config.list_physical_devices", {"TPU": ["a TPU"]}.get)
    assert choice.fir_implementation((1, 1)) == choice.fir_implementation((2, 2)) == "matrix"


@pytest.mark.parametrize(
    ("gpu", "compiling", "branches"),
    [(False, False, True), (True, False, False), (False, True, False), (True, True, False)],
)
def test_a_cpu_without_xla_alone_branches(on, gpu, compiling, branches):
    on(gpu=gpu, compiling=compiling)
    assert choice.branches() is branches


# Machine -> compute capabilities of its cards (None: it has none), built with CUDA, with ROCm; then the
# precision and whether XLA compiles by default.
MACHINES = {
    "H100": ([(9, 0)], True, False, "float16", True),
    "T4": ([(7, 5)], True, False, "float16", True),
    "V100": ([(7, 0)], True, False, "float16", True),
    "GTX 1080": ([(6, 1)], True, False, "float32", True),
    "V100 beside a GTX 1080": ([(7, 0), (6, 1)], True, False, "float32", True),
    "RTX 4090 twice": ([(8, 9), (8, 9)], True, False, "float16", True),
    "MI300": ([None], False, True, "float32", True),
    "Apple's plug-in": ([None], False, False, "float32", False),
    "DirectML": ([None], False, False, "float32", False),
    "a CPU": ([], True, False, "float32", False),
    "a CPU with bfloat16": ([], False, False, "bfloat16", False),
}


@pytest.mark.parametrize("name", MACHINES)
def test_machines(monkeypatch, name):
    cards, cuda, rocm, precision, compiles = MACHINES[name]
    details = [{"device_name": name} for _ in cards]
    for known, capability in zip(details, cards, strict=True):
        if capability:
            known["compute_capability"] = capability
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(range(len(cards))))
    monkeypatch.setattr(tf.config.experimental, "get_device_details", details.__getitem__)
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: cuda)
    monkeypatch.setattr(tf.test, "is_built_with_rocm", lambda: rocm)
    monkeypatch.setattr(choice, "multiplies_bfloat16", lambda: name.endswith("bfloat16"))
    assert choice.on_gpu() == bool(cards)
    assert choice.best_precision() == precision
    assert choice.compiles() == compiles
    # What is multiplied in bfloat16 is stored as float32 by a CPU alone.
    assert choice.activations_of("bfloat16") == ("bfloat16" if cards else "float32")
    assert choice.activations_of("float16") == "float16"
