"""p along the golden traces through every way in: fit and its variants, replicas, loops."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaController, AdaptiveAugmentation

from ..golden.golden import Golden
from .replicas import two_replicas

GOLDEN = Golden("ada_trace")
CASES = [case for case in GOLDEN.cases if f"{case}/p_trace" in GOLDEN]


def outputs(case):
    """Per iteration: D(real) of the main pass; of the pass for R1; and whether there is one."""
    signs, at = GOLDEN[f"{case}/signs_real"], GOLDEN[f"{case}/report_iter"]
    main, extra, has_extra = [], [], []
    for t in range(GOLDEN.cases[case]["iterations"]):
        blocks = signs[at == t]
        main.append(blocks[0])
        extra.append(blocks[-1])
        has_extra.append(len(blocks) == 2)
    return np.array(main), np.array(extra), np.array(has_extra)


def make_callback(case, layer):
    config = GOLDEN.cases[case]
    return AdaCallback(
        layer,
        target=config["ada_target"],
        kimg=config["ada_kimg"],
        interval=config["ada_interval"],
        cap=None,
    )


class Model(tf.keras.Model):
    """Its discriminator says what the golden one said."""

    def __init__(self, p):
        super().__init__()
        self.ada = AdaptiveAugmentation(p=p)
        self.built = True

    def train_step(self, data):
        main, extra, has_extra = data
        self.ada.observe(main)
        tf.cond(
            has_extra[0] > 0.0,
            lambda: self.ada.observe(extra, count_images=False),
            lambda: extra,
        )
        return {"p": tf.convert_to_tensor(self.ada.p)}


class Trace(tf.keras.callbacks.Callback):
    """p after every batch."""

    def __init__(self):
        super().__init__()
        self.p = []

    def on_train_batch_end(self, batch, logs=None):
        self.p.append(np.float32(np.asarray(tf.convert_to_tensor(self.model.ada.p))))


def trace_of_fit(case, every, strategy=None, **compile_options):
    """A run with `fit`: p after every `every` calls of the callback."""
    main, extra, has_extra = outputs(case)
    with (strategy or tf.distribute.get_strategy()).scope():
        model = Model(GOLDEN.cases[case]["p_initial"])
        model.compile(**compile_options)
    flags = np.repeat(has_extra[:, None].astype(np.float32), main.shape[1], axis=1)
    data = tf.data.Dataset.from_tensor_slices((main, extra, flags)).unbatch()
    data = data.batch(main.shape[1], drop_remainder=True)
    trace = Trace()
    callbacks = [make_callback(case, model.ada), trace]
    model.fit(data, epochs=1, verbose=0, shuffle=False, callbacks=callbacks)
    return trace.p[every - 1 :: every]


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_fit(case, jit_compile):
    trace = trace_of_fit(case, GOLDEN.cases[case]["ada_interval"], jit_compile=jit_compile)
    np.testing.assert_array_equal(trace, GOLDEN[f"{case}/p_trace"])


@pytest.mark.parametrize("case", CASES)
def test_steps_per_execution(case):
    """The callback comes once for all the batches between two steps of p."""
    interval = GOLDEN.cases[case]["ada_interval"]
    trace = trace_of_fit(case, 1, steps_per_execution=interval)
    np.testing.assert_array_equal(trace, GOLDEN[f"{case}/p_trace"])


@pytest.mark.parametrize("case", CASES)
def test_two_replicas(case):
    strategy = two_replicas()
    trace = trace_of_fit(case, GOLDEN.cases[case]["ada_interval"], strategy)
    np.testing.assert_array_equal(trace, GOLDEN[f"{case}/p_trace"])


def trace_of_loop(case, main_pass, extra_pass, read_p):
    main, extra, has_extra = outputs(case)
    interval = GOLDEN.cases[case]["ada_interval"]
    trace = []
    for t in range(len(main)):
        if has_extra[t]:
            extra_pass(tf.constant(extra[t]))
        main_pass(tf.constant(main[t]))
        p = read_p()
        if (t + 1) % interval == 0:
            trace.append(np.float32(np.asarray(tf.convert_to_tensor(p))))
    return trace


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_callback_in_a_loop(case, jit_compile):
    layer = AdaptiveAugmentation(p=GOLDEN.cases[case]["p_initial"])
    callback = make_callback(case, layer)

    def after_step():
        callback.step()
        return layer.p

    trace = trace_of_loop(
        case,
        tf.function(lambda signs: layer.observe(signs), jit_compile=jit_compile),
        tf.function(
            lambda signs: layer.observe(signs, count_images=False), jit_compile=jit_compile
        ),
        after_step,
    )
    np.testing.assert_array_equal(trace, GOLDEN[f"{case}/p_trace"])


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("of_layer", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_controller(case, of_layer, jit_compile):
    config = GOLDEN.cases[case]
    p = config["p_initial"]
    layer = AdaptiveAugmentation(p=p) if of_layer else None
    controller = AdaController(
        config["ada_target"], config["ada_kimg"], config["ada_interval"], None, p, layer
    )

    def update(**options):
        return tf.function(
            lambda signs: controller.update(signs, **options), jit_compile=jit_compile
        )

    trace = trace_of_loop(
        case,
        update(),
        update(count_images=False),
        lambda: layer.p if of_layer else controller.p,
    )
    np.testing.assert_array_equal(trace, GOLDEN[f"{case}/p_trace"])
