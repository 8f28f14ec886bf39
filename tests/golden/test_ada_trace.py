"""The path of p against the golden traces: by the rule, the controller and the callback."""

import types

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaController, AdaptiveAugmentation, next_p, rt
from ada_tf.data import DataConfig
from ada_tf.training import presets
from ada_tf.training.callbacks.control import ada_callbacks
from ada_tf.training.presets import PRESETS

from .golden import Golden

GOLDEN = Golden("ada_trace")
CASES = [case for case in GOLDEN.cases if f"{case}/p_trace" in GOLDEN]


def iterations(case):
    """Per iteration: the signs of the main pass, and those of the R1 pass if there is one."""
    signs, at = GOLDEN[f"{case}/signs_real"], GOLDEN[f"{case}/report_iter"]
    for t in range(GOLDEN.cases[case]["iterations"]):
        yield signs[at == t]


@pytest.mark.parametrize("case", CASES)
def test_rule(case):
    config = GOLDEN.cases[case]
    p, seen, trace, statistics = np.float32(config["p_initial"]), [], [], []
    for t, blocks in enumerate(iterations(case)):
        seen.extend(blocks)
        if (t + 1) % config["ada_interval"] == 0:
            statistic = rt(np.sum(seen), np.size(seen))
            images = config["batch_size"] * config["ada_interval"]
            p = next_p(p, statistic, config["ada_target"], images, config["ada_kimg"])
            trace.append(p)
            statistics.append(statistic)
            seen = []
    assert all(v.dtype == np.float32 for v in trace)
    np.testing.assert_array_equal(statistics, GOLDEN[f"{case}/stat_trace"])
    np.testing.assert_array_equal(np.array(trace), GOLDEN[f"{case}/p_trace"])


@pytest.mark.parametrize("case", CASES)
def test_controller(case):
    config = GOLDEN.cases[case]
    controller = AdaController(
        config["ada_target"],
        config["ada_kimg"],
        config["ada_interval"],
        cap=None,
        p=config["p_initial"],
    )
    main = tf.function(lambda signs: controller.update(signs))
    extra = tf.function(lambda signs: controller.update(signs, count_images=False))
    trace = []
    for t, blocks in enumerate(iterations(case)):
        for signs in blocks[1:]:
            extra(signs)
        p = main(blocks[0])
        if (t + 1) % config["ada_interval"] == 0:
            trace.append(p.numpy())
    np.testing.assert_array_equal(trace, GOLDEN[f"{case}/p_trace"])


def by_callback(case, make_callback):
    """The path of p that a callback of the case's layer takes."""
    layer = AdaptiveAugmentation(p=GOLDEN.cases[case]["p_initial"])
    callback = make_callback(layer)
    main = tf.function(lambda signs: layer.observe(signs))
    extra = tf.function(lambda signs: layer.observe(signs, count_images=False))
    trace, logs = [], {}
    for t, blocks in enumerate(iterations(case)):
        main(blocks[0])
        for signs in blocks[1:]:
            extra(signs)
        callback.on_train_batch_end(t, logs)
        if (t + 1) % GOLDEN.cases[case]["ada_interval"] == 0:
            trace.append(np.float32(logs["ada_p"]))
    return trace


@pytest.mark.parametrize("case", CASES)
def test_callback(case):
    config = GOLDEN.cases[case]
    trace = by_callback(
        case,
        lambda layer: AdaCallback(
            layer,
            target=config["ada_target"],
            kimg=config["ada_kimg"],
            interval=config["ada_interval"],
            cap=None,
        ),
    )
    np.testing.assert_array_equal(trace, GOLDEN[f"{case}/p_trace"])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("preset", PRESETS)
def test_published_presets(preset, case):
    """What steers p in a run of the papers' presets; one of the traces goes on above 1."""
    values = GOLDEN.cases[case]
    config = presets.preset(
        preset,
        data=DataConfig(resolution=32, channels=3),
        batch=values["batch_size"],
        augment={
            "target": values["ada_target"],
            "kimg": values["ada_kimg"],
            "interval": values["ada_interval"],
        },
    )

    def control(layer):
        (callback,) = ada_callbacks(types.SimpleNamespace(augment=layer), config, None)
        return callback

    np.testing.assert_array_equal(by_callback(case, control), GOLDEN[f"{case}/p_trace"])
