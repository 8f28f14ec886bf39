"""A second family goes the whole way: made, trained, saved, continued, generated from, exported."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig
from ada_tf.inference.generate import generate
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.export.saved_model import export_saved_model
from ada_tf.models import build, variables_by_name
from ada_tf.training.config import AugmentConfig
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import newest
from ada_tf.training.session import train
from tests.families import dcgan
from tests.training import tiny

NETWORK = dataclasses.replace(tiny.NETWORK, generator="dcgan", discriminator="patches")


@pytest.fixture(autouse=True)
def family(monkeypatch):
    """The family in the tables, as a row of its own."""
    monkeypatch.setitem(build.GENERATORS, "dcgan", dcgan.GENERATOR)
    monkeypatch.setitem(build.DISCRIMINATORS, "patches", dcgan.DISCRIMINATOR)


@pytest.mark.parametrize("classes", [None, [0.5, 0.5]])
def test_every_weight_of_both_networks_learns(classes):
    m = tiny.model(network=NETWORK, loss=tiny.LOSS, label_source=classes)
    before = tiny.state(m)
    logs = tiny.train(m, 2, classes=len(classes or [0]))
    assert np.isfinite([float(value) for value in logs.values()]).all()
    assert m.non_finite.read() == (None, None)
    after = tiny.state(m)
    for name in before:
        if name.startswith(("generator/", "discriminator/")):
            assert (before[name] != after[name]).any(), name


def test_patches_move_p_by_all_of_their_signs():
    m = tiny.model(network=NETWORK, augment=AugmentConfig(mode="ada"))
    tiny.train(m, 1)
    # 2 x 2 patches of 4 images, in the main phase and again in R1; images count once
    assert (m.augment.observed().count, m.augment.observed().images) == (2 * 4 * 4, 4)


def config_of(kimg):
    data = DataConfig("digits", resolution=8, channels=1, subset=32)
    return dataclasses.replace(
        preset("tiny", data=data), network=NETWORK, loss=tiny.LOSS, batch=4, batch_gpu=4, kimg=kimg,
    )  # fmt: skip


def test_a_run_from_its_start_to_an_export(tmp_path):
    run_dir = train(config_of(0.008), tmp_path / "runs")
    assert train(config_of(0.016), tmp_path / "runs") == run_dir
    whole = train(config_of(0.016), tmp_path / "whole")
    ours, theirs = (tf.train.load_checkpoint(newest(path)) for path in (run_dir, whole))
    names = [n for n in ours.get_variable_to_shape_map() if n.startswith("state/generator")]
    assert len(names) > 10
    for name in names:
        np.testing.assert_array_equal(ours.get_tensor(name), theirs.get_tensor(name))
    generator, config = load_generator(run_dir)
    images = generate(generator, seeds=[1, 2], truncation_psi=0.7)
    assert images.shape == (2, 8, 8, 1)
    assert (images[0] != images[1]).any()
    exported = tf.saved_model.load(str(export_saved_model(generator, tmp_path / "export", config)))
    z = tf.constant(np.random.RandomState(0).randn(3, 8), tf.float32)
    served = exported.signatures["serving_default"](z=z, truncation_psi=tf.constant(1.0))
    np.testing.assert_allclose(served["images"], generator(z), atol=1e-6)


def test_names_do_not_depend_on_what_was_built_before():
    """Keras numbers its layers through a process; two of the same kind have the same names."""
    first, second = (dcgan.DCGANGenerator() for _ in range(2))
    assert list(variables_by_name(first)) == list(variables_by_name(second))
    assert len(variables_by_name(first)) == len(first.variables)
