import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.inference.generate import _program, generate, map_latents, render, synthesize
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.inference.open_networks import load_generator
from ada_tf.inference.styles import mix_styles
from ada_tf.models.label_vectors import label_means
from tests.inference.runs import NETWORK, save_run
from tests.sentences import refused

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}  # another batch size may add in another order


def test_load_generator_takes_the_average_from_run_and_checkpoint(plain):
    path, average = plain
    checkpoint = tf.train.latest_checkpoint(str(path / "checkpoints"))
    z = latents_from_seeds([1, 2], 8)
    expected = average(z).numpy()
    for place in (path, path / "checkpoints", checkpoint):
        generator, config = load_generator(place)
        np.testing.assert_array_equal(generator(z).numpy(), expected)
    assert config.data.resolution == 16
    assert config.num_classes == 0
    assert expected.std() > 0.01


def test_low_precision_is_computed_in_float32_where_there_is_no_gpu(tmp_path):
    low = dataclasses.replace(NETWORK, precision="float16", num_low_precision=2, conv_clamp=256.0)
    average = save_run(tmp_path, network=low).generator_ema
    seeds = [1, 2, 3]
    as_trained, _ = load_generator(tmp_path, fp32=False)
    assert as_trained.synthesis.blocks[-1].compute == tf.float16
    expected = generate(average, seeds=seeds)
    np.testing.assert_array_equal(generate(as_trained, seeds=seeds), expected)
    for fp32 in (None, True):
        ours, config = load_generator(tmp_path, fp32)
        assert {block.compute for block in ours.synthesis.blocks} == {tf.float32}
        assert config.network == low
        images = generate(ours, seeds=seeds)
        assert not np.array_equal(images, expected)
        np.testing.assert_allclose(images, expected, atol=1 / 127.5 * np.abs(expected).max())


def test_load_generator_refuses_a_folder_without_checkpoint(tmp_path):
    with refused():
        load_generator(tmp_path / "missing")


def test_any_number_of_images_at_any_batch_size(plain):
    generator = plain[1]
    seeds = [3, 1, 4, 15, 9]
    expected = generator(latents_from_seeds(seeds, 8)).numpy()
    for batch in (1, 2, 3, 5, 64):
        images = generate(generator, seeds=seeds, batch=batch)
        assert images.dtype == np.float32
        np.testing.assert_allclose(images, expected, **TOLERANCE)
    from_z = generate(generator, latents_from_seeds(seeds, 8), batch=2)
    np.testing.assert_array_equal(from_z, generate(generator, seeds=seeds, batch=2))


def test_truncation(plain):
    generator = plain[1]
    ws = map_latents(generator, seeds=[1, 2])
    mean = generator.mapping.w_avg.numpy()
    half = map_latents(generator, seeds=[1, 2], truncation_psi=0.5)
    np.testing.assert_allclose(half, mean + 0.5 * (ws - mean), **TOLERANCE)
    images = generate(generator, seeds=[1, 2], truncation_psi=0.0)
    np.testing.assert_allclose(images[0], images[1], **TOLERANCE)
    np.testing.assert_allclose(
        images[:1],
        generator.synthesis(generator.broadcast(mean[None]), noise_mode="const"),
        **TOLERANCE,
    )


def test_truncation_pulls_to_the_mean_of_the_class(plain, conditional):
    generator, labels = conditional[1], [2, 0]
    means = label_means(generator, labels)[:, None]
    assert np.abs(means[0] - means[1]).max() > 0.1
    ws = map_latents(generator, seeds=[1, 2], labels=labels)
    options = {"seeds": [1, 2], "labels": labels, "truncation_psi": 0.5}
    half = map_latents(generator, **options)
    np.testing.assert_allclose(half, means + 0.5 * (ws - means), **TOLERANCE)
    images = generate(generator, **options)
    np.testing.assert_allclose(images, synthesize(generator, half), **TOLERANCE)
    mixed = mix_styles(generator, [1], [1], [], labels=2, truncation_psi=0.5)
    np.testing.assert_allclose(mixed[1, 1], images[0], **TOLERANCE)

    everything = map_latents(generator, **options, truncation="global")
    z = latents_from_seeds([1, 2], 8)
    one_hot = np.eye(3, dtype=np.float32)[labels]
    np.testing.assert_array_equal(everything, generator.map(z, one_hot, 0.5))
    assert np.abs(everything - half).max() > 1e-3
    mixed = mix_styles(generator, [1], [1], [], labels=2, truncation_psi=0.5, truncation="global")
    np.testing.assert_allclose(mixed[1, 1], synthesize(generator, everything[:1])[0], **TOLERANCE)

    without = map_latents(plain[1], seeds=[1], truncation_psi=0.5)  # without classes there is one
    both = map_latents(plain[1], seeds=[1], truncation_psi=0.5, truncation="global")
    np.testing.assert_array_equal(without, both)


def test_vectors_of_one_class_are_the_class_and_those_of_two_lie_between(conditional):
    generator, one_hot = conditional[1], np.eye(3, dtype=np.float32)
    for psi in (1.0, 0.5):
        options = {"seeds": [1, 2], "truncation_psi": psi}
        numbers = map_latents(generator, labels=[2, 0], **options)
        np.testing.assert_array_equal(
            numbers, map_latents(generator, labels=one_hot[[2, 0]], **options)
        )
        np.testing.assert_array_equal(
            map_latents(generator, labels=2, **options),
            map_latents(generator, labels=(0.0, 0.0, 1.0), **options),
        )
    mixture = np.array([0.5, 0, 0.5], np.float32)
    mixed = map_latents(generator, seeds=[1], labels=mixture)
    np.testing.assert_array_equal(mixed, generator.map(latents_from_seeds([1], 8), mixture[None]))


@pytest.mark.parametrize(
    "labels", [[0.5, 0.5], [[0.5, 0.5, 0]] * 3, [0.5, np.nan, 0], [[0, 1, 0]], "cat", [1, 2, 0]]
)
def test_labels_that_are_none(conditional, labels):
    with refused("labels="):
        map_latents(conditional[1], seeds=[1, 2], labels=labels)


def test_no_mean_is_computed_where_nothing_is_truncated(conditional, monkeypatch):
    def refuse(*arguments):
        raise AssertionError

    monkeypatch.setattr("ada_tf.inference.generate.label_means", refuse)
    map_latents(conditional[1], seeds=[1], labels=1)
    map_latents(conditional[1], seeds=[1], labels=1, truncation_psi=0.5, truncation="global")


def test_noise_modes(plain):
    generator = plain[1]
    z = latents_from_seeds([1, 1], 8)
    const = generate(generator, z)
    none = generate(generator, z, noise_mode="none")
    np.testing.assert_allclose(const, generator(z, noise_mode="const").numpy(), **TOLERANCE)
    np.testing.assert_allclose(none, generator(z, noise_mode="none").numpy(), **TOLERANCE)
    assert np.abs(const - none).max() > 1e-3

    for batch in (1, 2):  # each image has noise of its own, in the same batch and in the next
        noisy = generate(generator, z, noise_mode="random", batch=batch)
        assert np.abs(noisy[0] - noisy[1]).max() > 1e-3
        again = generate(generator, z, noise_mode="random", batch=batch)
        np.testing.assert_array_equal(noisy, again)
    other = generate(generator, z, noise_mode="random", noise_seed=1, batch=2)
    assert np.abs(noisy - other).max() > 1e-3


def test_classes(conditional):
    generator = conditional[1]
    z = latents_from_seeds([1, 2], 8)
    expected = generator(z, np.eye(3, dtype=np.float32)[[2, 0]]).numpy()
    np.testing.assert_allclose(generate(generator, z, labels=[2, 0]), expected, **TOLERANCE)
    twos = generate(generator, z, labels=2)
    np.testing.assert_allclose(twos[0], expected[0], **TOLERANCE)
    assert np.abs(twos[1] - expected[1]).max() > 1e-3


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"z": np.zeros([1, 8]), "seeds": [1]},
        {"z": np.zeros([1, 9])},
        {"z": np.zeros([8])},
        {"seeds": []},
        {"seeds": [1], "labels": 0},
        {"seeds": [1], "noise_mode": "loud"},
        {"seeds": [1], "batch": 0},
        {"seeds": [1], "truncation": "mean"},
    ],
)
def test_mistakes_are_named(plain, options):
    with refused():
        generate(plain[1], **options)


@pytest.mark.parametrize("labels", [None, 3, -1, 0.0, [0, 1, 2], [[0, 1]]])
def test_wrong_classes_are_named(conditional, labels):
    with refused("labels="):
        generate(conditional[1], seeds=[1, 2], labels=labels)


def test_synthesize_renders_every_ws(plain):
    generator = plain[1]
    ws = np.random.RandomState(0).randn(3, generator.num_ws, 8).astype(np.float32)
    expected = generator.synthesis(ws, noise_mode="const").numpy()
    np.testing.assert_allclose(synthesize(generator, ws, batch=2), expected, **TOLERANCE)


def test_the_next_call_of_the_same_size_traces_nothing(plain):
    generate(plain[1], seeds=[1, 2, 3], batch=2)
    traced = _program(False).experimental_get_tracing_count()
    generate(plain[1], seeds=[4, 5, 6, 7], batch=2, noise_seed=5, truncation_psi=0.3)
    assert _program(False).experimental_get_tracing_count() == traced


def test_latents_that_are_made_as_they_are_needed(plain):
    ws, made = map_latents(plain[1], seeds=range(5)), []

    def one_by_one():
        for w in ws:
            made.append(w)
            yield w

    batches = render(plain[1], one_by_one(), batch=2)
    first = next(batches)
    assert len(made) == 2
    images = np.concatenate([first, *batches])
    np.testing.assert_array_equal(images, synthesize(plain[1], ws, batch=2))
