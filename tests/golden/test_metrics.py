"""The metrics against the golden vectors."""

import numpy as np
import pytest

from ada_tf.metrics.measures.frechet import Moments, frechet_distance_of, moments_of
from ada_tf.metrics.measures.inception_score import inception_score
from ada_tf.metrics.measures.kernel import kernel_distance, squared_mmd
from ada_tf.metrics.measures.precision_recall import precision_recall
from ada_tf.metrics.path_length import slerp, trimmed_mean

from .golden import Golden

GOLDEN = Golden("metrics")


def cases(prefix):
    return [name for name in GOLDEN.cases if name.startswith(prefix)]


@pytest.mark.parametrize("case", cases("fid_"))
def test_fid(case):
    real = moments_of(GOLDEN[f"{case}/real"])
    fake = moments_of(GOLDEN[f"{case}/gen"])
    np.testing.assert_allclose(real.mean, GOLDEN[f"{case}/mu_real"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(fake.covariance, GOLDEN[f"{case}/sigma_gen"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        frechet_distance_of(real, fake), GOLDEN[f"{case}/fid"], rtol=1e-8, atol=1e-10
    )


def test_moments_in_chunks():
    config = GOLDEN.cases["feature_stats"]
    kept = GOLDEN["feature_stats/x"][: config["max_items"]]
    moments = Moments(kept.shape[1])
    for start in range(0, len(kept), config["chunk"]):
        moments.add(kept[start : start + config["chunk"]])
    assert moments.count == config["max_items"]
    np.testing.assert_allclose(moments.mean, GOLDEN["feature_stats/mean"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(moments.covariance, GOLDEN["feature_stats/cov"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", cases("kid_"))
def test_kid(case):
    real, fake = GOLDEN[f"{case}/real"], GOLDEN[f"{case}/gen"]
    subsets = zip(GOLDEN[f"{case}/idx_gen"], GOLDEN[f"{case}/idx_real"], strict=True)
    found = np.mean([squared_mmd(fake[i], real[j]) for i, j in subsets])
    np.testing.assert_allclose(found, GOLDEN[f"{case}/kid"], rtol=1e-4)


@pytest.mark.parametrize("case", cases("kid_"))
def test_kid_with_its_own_subsets(case):
    config = GOLDEN.cases[case]
    found = kernel_distance(
        GOLDEN[f"{case}/real"],
        GOLDEN[f"{case}/gen"],
        subsets=config["num_subsets"],
        max_size=config["max_subset_size"],
        seed=config["numpy_seed"],
    )
    np.testing.assert_allclose(found, GOLDEN[f"{case}/kid"], rtol=1e-4)


@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("case", cases("pr_"))
def test_precision_recall(case, half):
    config = GOLDEN.cases[case]
    found = precision_recall(
        GOLDEN[f"{case}/real"], GOLDEN[f"{case}/gen"], config["nhood_size"], half
    )
    expected = GOLDEN[f"{case}/pr_ref" if half else f"{case}/pr_f64"]
    # Where a probe lies on the rim of a ball, float16 decides; the vectors allow one image.
    allowed = np.array(config["one_sample"]) * (1 if half else 0) + 1e-7
    assert (np.abs(np.array(found) - expected) <= allowed).all()


@pytest.mark.parametrize("case", cases("is_"))
def test_inception_score(case):
    splits = GOLDEN.cases[case]["num_splits"]
    found = inception_score(GOLDEN[f"{case}/probs"], splits)
    np.testing.assert_allclose(found, GOLDEN[f"{case}/mean_std"], rtol=1e-5)


def test_slerp():
    found = slerp(GOLDEN["slerp/a"], GOLDEN["slerp/b"], GOLDEN["slerp/t"])
    np.testing.assert_allclose(found, GOLDEN["slerp/y"], rtol=0, atol=2e-6)


def test_trimmed_mean():
    distances = GOLDEN["ppl_trim/dist"]
    np.testing.assert_allclose(trimmed_mean(distances), GOLDEN["ppl_trim/ppl"], rtol=1e-6)
