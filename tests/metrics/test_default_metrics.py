import pytest

from ada_tf.metrics.default_metrics import choose
from ada_tf.metrics.metric_names import parse_metrics


@pytest.mark.parametrize(
    ("real", "held_out", "here", "deciding", "others"),
    [
        (300, 0, ["lite0"], ["kid1k_full_lite0"], ["pr1k_full_lite0", "dc1k_full_lite0"]),
        (2000, 200, ["mobilenet"], ["kid1k_held_mnv2", "kid1k_train_mnv2"],
         ["pr1k_train_mnv2", "dc1k_train_mnv2"]),
        (2001, 0, ["mobilenet", "lite0"], ["kid5k_full_lite0"],
         ["pr5k_full_lite0", "dc5k_full_lite0"]),
        (70_000, 1, ["inception", "lite0"], ["kid10k_held", "kid10k_train"],
         ["pr10k_train_inception", "dc10k_train_inception"]),
    ],
)  # fmt: skip
def test_metrics_by_the_number_of_images(real, held_out, here, deciding, others):
    found = choose(real, held_out, here.__contains__)
    assert [*found.deciding] == deciding
    assert [*found.others] == others
    metrics = parse_metrics([*found.deciding, *found.others])
    assert len({m.network for m in metrics}) == 1  # one pass of one network
    assert metrics[0].kind.decides
    assert f"{real:,} real images" in found.why


def test_no_network_is_here():
    assert choose(300, 0, lambda name: False) is None


@pytest.mark.parametrize(("generated", "count"), [(7, "7"), (1500, "1500"), (70_000, "10k")])
def test_of_finished_images_all_are_taken(generated, count):
    assert choose(300, 0, "lite0".__eq__, generated).deciding == (f"kid{count}_full_lite0",)
