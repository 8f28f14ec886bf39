"""What machines that are not here would get: the choices are made from what TensorFlow says of them."""

import pytest
import tensorflow as tf

from ada_tf.ops import choice

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


@pytest.mark.parametrize("gpu", [True, False])
@pytest.mark.parametrize("compiling", [True, False])
def test_what_depends_on_the_compiler(monkeypatch, gpu, compiling):
    monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
    monkeypatch.setattr(choice, "is_compiling", lambda: compiling)
    monkeypatch.setattr(choice, "in_compiled_function", lambda: compiling)
    assert choice.branches() == (not gpu and not compiling)
    assert choice.shapes_follow_from_data() == (not compiling)
    assert choice.fir_implementation((1, 1)) == ("table" if compiling else "depthwise")
    assert choice.fir_implementation((2, 1)) == choice.fir_implementation((1, 2)) == "table"
