"""Compare our Inception, and FID, KID, PR and IS, with torch-fidelity's, on random weights.

Two environments, because neither package should need the other:

    python experiments/metrics_peer/check_inception_peer.py peer --work=/tmp/peer     # where torch-fidelity is
    python experiments/metrics_peer/check_inception_peer.py ours --work=/tmp/peer     # where ada_tf is

`peer` writes random weights, random images, and what torch-fidelity makes of them; `ours` reads
the weights file as any user's and prints the largest deviations. Random weights are drawn so that
activations neither die nor explode: He's variance, normalisation near the identity.
"""

import contextlib
import json
import pathlib
import sys

import numpy as np

REAL, FAKE, SIDES = 60, 50, (64, 299, 320)  # PR and KID need sets; sides go up, stay, go down
KEYS = {
    "frechet_inception_distance": "fid",
    "kernel_inception_distance_mean": "kid",
    "inception_score_mean": "is",
    "precision": "precision",
    "recall": "recall",
}


def noise(seed, count, side):
    """Smooth random colours, uint8 [count, side, side, 3]."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, [count, 8, 8, 3])
    factor = -(-side // 8)
    images = coarse.repeat(factor, 1).repeat(factor, 2)[:, :side, :side]
    return np.clip(images + rng.normal(0, 20, images.shape), 0, 255).astype(np.uint8)


def peer(work: pathlib.Path) -> None:
    import scipy
    import torch
    import torch_fidelity
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    torch.manual_seed(0)
    torch.save(random_state(work), work / "weights.pth")
    names = ["2048", "logits_unbiased"]
    network = FeatureExtractorInceptionV3(
        "inception", names, feature_extractor_weights_path=str(work / "weights.pth")
    ).eval()
    results = {}
    for side in SIDES:
        images = noise(side, 8, side)
        with torch.no_grad():
            features, logits = network(torch.from_numpy(images.transpose(0, 3, 1, 2)))
        results[f"features_{side}"] = features.numpy()
        results[f"probabilities_{side}"] = logits.double().softmax(1).numpy()
    sets = {}
    for name, seed, count in (("real", 1, REAL), ("fake", 2, FAKE)):
        with torch.no_grad():
            sets[name], sets[f"{name}_logits"] = network(
                torch.from_numpy(noise(seed, count, 64).transpose(0, 3, 1, 2))
            )
    from torch_fidelity.metric_fid import (
        fid_features_to_statistics,
        fid_statistics_to_metric,
    )
    from torch_fidelity.metric_isc import isc_features_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric

    fid = fid_statistics_to_metric(
        fid_features_to_statistics(sets["fake"]), fid_features_to_statistics(sets["real"]), False
    )
    options = {"kid_subsets": 1, "kid_subset_size": FAKE, "verbose": False}
    kid = kid_features_to_metric(sets["fake"], sets["real"][:FAKE], **options)
    score = isc_features_to_metric(sets["fake_logits"], splits=10, shuffle=False)
    pr = prc_features_to_metric(sets["fake"], sets["real"], verbose=False)
    found = {**fid, **kid, **score, **pr}
    results |= {short: np.float64(found[long]) for long, short in KEYS.items()}
    np.savez(work / "peer.npz", **results)
    versions = {m.__name__: m.__version__ for m in (torch, torch_fidelity, np, scipy)}
    (work / "versions.json").write_text(json.dumps(versions))
    print(versions, {k: float(results[k]) for k in KEYS.values()})


def random_state(work):
    """Random weights under the names of torch-fidelity's file."""
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    holder = {}

    class Recorder(Exception):
        """Ends the construction of the network."""

    def record(self, state):
        holder["shapes"] = {k: v.shape for k, v in torch.nn.Module.state_dict(self).items()}
        raise Recorder

    class Shapes(FeatureExtractorInceptionV3):
        load_state_dict = record

    # The network insists on a file of weights; it is stopped right before it would use them.
    torch.save({}, work / "empty.pth")
    with contextlib.suppress(Recorder):
        Shapes("shapes", ["2048"], feature_extractor_weights_path=str(work / "empty.pth"))
    state = {}
    for name, shape in holder["shapes"].items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.zeros(shape, dtype=torch.long)
        elif name.endswith("running_var"):
            state[name] = torch.rand(shape) + 0.5
        elif name.endswith("bn.weight"):
            state[name] = torch.ones(shape)
        elif len(shape) > 1:
            gain = 10 if name == "fc.weight" else 1  # sure enough for an IS well above 1
            state[name] = gain * torch.randn(shape) * (2 / shape[1:].numel()) ** 0.5
        else:
            state[name] = torch.randn(shape) * 0.1
    return state


def ours(work: pathlib.Path) -> None:
    import keras
    import scipy
    import tensorflow as tf

    from ada_tf.metrics.features.feature_network import load_network
    from ada_tf.metrics.measures.frechet import frechet_distance, frechet_distance_of, moments_of
    from ada_tf.metrics.measures.inception_score import inception_score
    from ada_tf.metrics.measures.kernel import squared_mmd
    from ada_tf.metrics.measures.precision_recall import precision_recall

    network = load_network("inception", {"inception": work / "weights.pth"})
    theirs = np.load(work / "peer.npz")
    versions = json.loads((work / "versions.json").read_text())
    print(f"peer {versions}")
    print(f"ours { {m.__name__: m.__version__ for m in (tf, keras, np, scipy)} }")
    for side in SIDES:
        found = network(noise(side, 8, side))
        for name in ("features", "probabilities"):
            expected = theirs[f"{name}_{side}"]
            deviation = np.abs(found[name] - expected).max()
            print(
                f"{name} of {side}x{side}: largest deviation {deviation:.3g},"
                f" values up to {np.abs(expected).max():.3g}"
            )
    real, fake = network(noise(1, REAL, 64)), network(noise(2, FAKE, 64))
    a, b = real["features"], fake["features"]
    precision, recall = precision_recall(a, b, half=False)
    # torch-fidelity divides covariances by N - 1, published FIDs of StyleGAN2-ADA (and we) by N.
    m, n = moments_of(a), moments_of(b)
    theirs_of = lambda x: x.covariance * x.count / (x.count - 1)  # noqa: E731
    print(f"fid with covariances over N: {frechet_distance_of(m, n):.9g}")
    numbers = {
        "fid": frechet_distance(m.mean, theirs_of(m), n.mean, theirs_of(n)),
        "kid": squared_mmd(b, a[:FAKE]),
        "is": inception_score(fake["probabilities"])[0],
        "precision": precision,
        "recall": recall,
    }
    for name, value in numbers.items():
        print(f"{name}: ours {value:.9g}, peer {float(theirs[name]):.9g}")


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[2].removeprefix("--work="))
    where.mkdir(parents=True, exist_ok=True)
    {"peer": peer, "ours": ours}[sys.argv[1]](where)
