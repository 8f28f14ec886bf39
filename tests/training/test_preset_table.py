"""Presets small and medium: batch and length follow the pictures, and their widths lie between."""

import dataclasses
import itertools

import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.models.build import work_of
from ada_tf.training import forecast
from ada_tf.training.check_settings import check, check_data
from ada_tf.training.preset_table import MOST, SIZES, batch_of, kimg_of, settings_for_data
from ada_tf.training.presets import auto_preset, preset
from ada_tf.training.session import description


@pytest.mark.parametrize("resolution", [32, 128, 256, 512])
@pytest.mark.parametrize("replicas", [1, 2, 4])
def test_medium_follows_auto(resolution, replicas):
    """Batch, group, gamma and average are those of the paper's code, whatever the widths."""
    found, row = (
        settings_for_data(SIZES["medium"], resolution, None, replicas),
        auto_preset(resolution, replicas),
    )
    assert (found.batch, found.mbstd_group) == (row.batch, row.mbstd)
    assert (found.gamma, found.ema_kimg) == (row.gamma, row.ema_kimg)


@pytest.mark.parametrize(
    ("pictures", "batch"), [(None, 32), (10**6, 32), (32, 32), (31, 16), (15, 8), (3, 2), (1, 1)]
)
def test_a_batch_is_never_more_than_there_are(pictures, batch):
    found = settings_for_data(SIZES["medium"], 64, pictures)
    assert found.batch == batch
    assert found.gamma == pytest.approx(0.0002 * 64**2 / batch)
    assert found.ema_kimg == pytest.approx(10 * batch / 32)
    assert found.mbstd_group == min(batch, 4)


def test_batches_divide_among_any_number_of_devices():
    for replicas in range(1, 12):
        batch = batch_of(32, 64, None, replicas)
        assert batch % replicas == 0
        assert batch <= MOST
        settings = {"data": DataConfig("digits", resolution=64, channels=3)}
        check(preset("medium", replicas=replicas, **settings), replicas)


def test_length_follows_resolution_and_number_of_pictures():
    assert [kimg_of(side, 1000) for side in (32, 64, 128, 256)] == [500, 1000, 2000, 4000]
    assert [kimg_of(64, n) for n in (50, 250, 300, 1000, 4000, 10**6)] == [
        500, 500, 550, 1000, 2000, 2000,
    ]  # fmt: skip
    assert kimg_of(64, None) == kimg_of(64, 1000)


@pytest.mark.parametrize("name", SIZES)
def test_the_pictures_of_a_data_set_count_without_mirror_images(name):
    data = DataConfig("digits", subset=100, mirror=True)
    dataset = open_dataset(data)
    config = preset(name, data=data, dataset=dataset)
    assert dataset.num_images == 200
    assert config.kimg == kimg_of(16, 100)
    few = dataclasses.replace(data, subset=9)
    dataset = open_dataset(few)
    config = preset(name, data=few, dataset=dataset)
    assert config.batch == config.batch_gpu == 8
    check_data(config, dataset)
    # Nobody asked for that batch, so it is no part of the name.
    assert description(config, dataset, 1) == f"digits-subset9-mirror-{name}"


@pytest.mark.parametrize("side", [32, 64, 128, 256])
def test_each_preset_is_several_times_the_one_before(side):
    """In weights and in arithmetic, so that there is one for every machine."""
    configs = [
        preset(name, resolution=side, channels=3) for name in ("tiny", "small", "medium", "auto")
    ]
    weights = [sum(forecast.count_networks(config)) for config in configs]
    flops = [sum(w.flops for w in work_of(config.architecture)) for config in configs]
    for numbers, most in ((weights, 6), (flops, 13)):
        steps = [b / a for a, b in itertools.pairwise(numbers)]
        assert all(2.5 < step < most for step in steps), steps


def test_odd_shapes_have_the_schedule_of_the_square():
    odd, even = (preset("small", resolution=r, channels=3) for r in ("48x64", 64))
    assert (odd.batch, odd.loss, odd.kimg) == (even.batch, even.loss, even.kimg)
