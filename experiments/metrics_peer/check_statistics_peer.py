"""Compare our statistics, VGG16, LPIPS and clean resize with the field's packages.

Two environments, because neither side should need the other:

    python experiments/metrics_peer/check_statistics_peer.py peer --work=/tmp/peer   # of the peers
    python experiments/metrics_peer/check_statistics_peer.py ours --work=/tmp/peer   # of ada_tf

`peer` needs torch-fidelity, clean-fid, prdc and lpips. It writes features, pictures, random weights
and what the packages make of them; `ours` reads the features and weights and prints both numbers.
"""

import contextlib
import io
import json
import pathlib
import sys

import numpy as np
from check_inception_peer import noise  # beside this file

WIDTH, K, DRAWS = 512, 5, 60
SUBSETS, SUBSET_SIZE = 100, 100
# Name -> number of reals, of fakes, scale and shift of the fakes.
CASES = {
    "equal": (400, 400, 1.0, 0.0),
    "narrower": (400, 400, 0.7, 0.0),
    "shifted": (400, 400, 1.0, 0.3),
    "unequal": (300, 900, 1.0, 0.0),
}
SIDES = (64, 224, 320)  # goes up, stays, goes down
LPIPS_CLUSTERS, LPIPS_FAKES = 3, 12


def features(rng, count, scale=1.0, shift=0.0):
    """Positive features that depend on each other, as of a network: float32 [count, WIDTH]."""
    mixing = np.random.default_rng(99).standard_normal([24, WIDTH]) / 5
    own = rng.standard_normal([count, WIDTH]) / 2
    return np.abs(scale * rng.standard_normal([count, 24]) @ mixing + own + shift).astype(
        np.float32
    )


def sides(case, seed):
    """Real and generated features of a case."""
    n, m, scale, shift = CASES[case]
    rng = np.random.default_rng(seed)
    return features(rng, n), features(rng, m, scale, shift)


def peer(work: pathlib.Path) -> None:
    import importlib.metadata

    import cleanfid.fid
    import prdc
    from torch_fidelity.metric_prc import prc_features_to_metric

    results = {}
    for case in CASES:
        real, fake = sides(case, 0)
        with contextlib.redirect_stdout(io.StringIO()):
            found = prdc.compute_prdc(real.astype(np.float64), fake.astype(np.float64), K)
        results |= {f"{case}/prdc/{name}": value for name, value in found.items()}
        found = prc_features_to_metric(tensor(fake), tensor(real), verbose=False)
        results |= {f"{case}/torch-fidelity/{n}": found[n] for n in ("precision", "recall")}
        results[f"{case}/clean-fid/fid"] = cleanfid.fid.fid_from_feats(real, fake)
        results[f"{case}/clean-fid/kid"] = cleanfid.fid.kernel_distance(real, fake, 1, 10**6)
        results[f"{case}/torch-fidelity/kid"] = [kid(*sides(case, draw)) for draw in range(DRAWS)]
    results |= networks(work)
    np.savez(work / "statistics.npz", **results)
    names = ("torch", "torchvision", "torch-fidelity", "clean-fid", "prdc", "lpips")
    versions = {name: importlib.metadata.version(name) for name in names}
    (work / "statistics.json").write_text(json.dumps(versions))
    print(versions)


def tensor(x):
    import torch

    return torch.from_numpy(x)


def kid(real, fake):
    """(mean, deviation over subsets) of torch-fidelity, times 1000."""
    from torch_fidelity.metric_kid import kid_features_to_metric

    options = {"kid_subsets": SUBSETS, "kid_subset_size": SUBSET_SIZE, "verbose": False}
    found = kid_features_to_metric(tensor(fake), tensor(real), **options)
    end = "kernel_inception_distance_"
    return 1000 * found[f"{end}mean"], 1000 * found[f"{end}std"]


def networks(work) -> dict:
    """Random VGG16 through torch-fidelity and lpips; pictures through the clean resize."""
    import lpips
    import torch
    import torchvision
    from cleanfid.resize import build_resizer
    from torch_fidelity.feature_extractor_vgg16 import FeatureExtractorVGG16
    from torch_fidelity.metric_prc import prc_features_to_metric

    torch.manual_seed(0)
    state = {
        name: torch.randn(w.shape) * ((2 / w[0].numel()) ** 0.5 if w.ndim > 1 else 0.1)
        for name, w in torchvision.models.vgg16().state_dict().items()
    }
    torch.save(state, work / "vgg16.pth")
    vgg = FeatureExtractorVGG16("vgg", ["fc2_relu"], str(work / "vgg16.pth"))
    see = lambda x: vgg(tensor(x.transpose(0, 3, 1, 2).copy()))[0]  # noqa: E731
    results = {f"vgg16/{side}": see(noise(side, 6, side)).numpy() for side in SIDES}
    found = prc_features_to_metric(see(noise(2, 50, 64)), see(noise(1, 60, 64)), verbose=False)
    results["vgg16/pr"] = [found["precision"], found["recall"]]
    resize = build_resizer("clean")
    for side in (*SIDES, 512):
        results[f"clean/{side}"] = np.stack([resize(x) for x in noise(side, 2, side)])
    with contextlib.redirect_stdout(io.StringIO()):
        distance = lpips.LPIPS(net="vgg", pnet_rand=True, verbose=False).eval()
    torch.save(
        {n: w for n, w in distance.state_dict().items() if n.startswith("lin")}, work / "lpips.pth"
    )
    wanted = {n.split(".", 1)[1]: w for n, w in state.items() if n.startswith("features")}
    own = distance.net.state_dict()
    distance.net.load_state_dict({name: wanted[name.split(".", 1)[1]] for name in own})
    images = noise(7, LPIPS_CLUSTERS + LPIPS_FAKES, 64)
    x = tensor(images.transpose(0, 3, 1, 2) / np.float32(127.5) - 1)
    with torch.no_grad():
        pairs = [[distance(a[None], b[None]).item() for b in x] for a in x]
    results["lpips"] = pairs
    return results


def ours(work: pathlib.Path) -> None:
    theirs = dict(np.load(work / "statistics.npz"))
    print(f"peers {json.loads((work / 'statistics.json').read_text())}")
    for case in CASES:
        compare_statistics(case, theirs)
    for case in CASES:
        compare_errors(case, theirs)
    compare_networks(work, theirs)


def compare_statistics(case, theirs) -> None:
    from ada_tf.metrics.measures.frechet import frechet_estimate
    from ada_tf.metrics.measures.kernel import all_pairs
    from ada_tf.metrics.measures.precision_recall import neighbourhood_estimates, precision_recall

    real, fake = sides(case, 0)
    print(f"{case}: {len(real)} real, {len(fake)} fake")
    names = ("precision", "recall", "density", "coverage")
    for name, found in zip(names, neighbourhood_estimates(real, fake, K), strict=True):
        show(f"{name}, k = {K}", found, "prdc", theirs[f"{case}/prdc/{name}"])
    found = precision_recall(real, fake, half=False)
    expected = [theirs[f"{case}/torch-fidelity/{name}"] for name in names[:2]]
    print(f"  precision, recall, k = 3: ours {found}, torch-fidelity {np.round(expected, 7)}")
    show("fid", frechet_estimate(real, fake), "clean-fid (covariance over N - 1)",
         theirs[f"{case}/clean-fid/fid"])  # fmt: skip
    if len(real) == len(fake):  # clean-fid draws the smaller number of both
        show("kid", all_pairs(real, fake), "clean-fid, one subset of all",
             theirs[f"{case}/clean-fid/kid"])  # fmt: skip


def show(name, found, peer, value) -> None:
    error = "?" if found.error is None else f"{found.error:.3g}"
    print(f"  {name}: ours {found.value:.9g} +- {error}, {peer} {float(value):.9g}")


def compare_errors(case, theirs) -> None:
    """Errors that are reported, beside the spread of the value over independent draws."""
    from ada_tf.metrics.measures.frechet import frechet_estimate
    from ada_tf.metrics.measures.kernel import all_pairs, of_subsets
    from ada_tf.metrics.measures.precision_recall import neighbourhood_estimates

    def subsets(real, fake):
        return of_subsets(real, fake, SUBSETS, SUBSET_SIZE)

    mean, deviation = theirs[f"{case}/torch-fidelity/kid"].T
    print(f"{case}: KID x 1000 and others over {DRAWS} draws of both sides")
    print(
        f"  kid, torch-fidelity: {mean.mean():.4g}, spread {mean.std(ddof=1):.3g},"
        f" reported deviation of subsets {deviation.mean():.3g}"
    )
    functions = {
        "kid, all pairs": lambda *x: (all_pairs(*x),),
        "kid, subsets": lambda *x: (subsets(*x),),
        "fid": lambda *x: (frechet_estimate(*x),),
        "precision recall density coverage": lambda *x: neighbourhood_estimates(*x, K),
    }
    for names, function in functions.items():
        found = [function(*sides(case, draw)) for draw in range(DRAWS)]
        factor = 1000 if names.startswith("kid") else 1
        labels = names.split() if len(found[0]) > 1 else [names]
        for name, estimates in zip(labels, zip(*found, strict=True), strict=True):
            values = np.array([e.value for e in estimates]) * factor
            error = factor * np.sqrt(np.mean([e.error**2 for e in estimates]))
            spread = values.std(ddof=1)
            print(
                f"  {name}: {values.mean():.4g}, spread {spread:.3g},"
                f" reported error {error:.3g} ({error / spread:.2f} times)"
            )


def compare_networks(work, theirs) -> None:
    from ada_tf.metrics.features import resizing
    from ada_tf.metrics.features.feature_network import load_network, load_perceptual
    from ada_tf.metrics.measures.intra_cluster import intra_cluster_distance, squared_distances
    from ada_tf.metrics.measures.precision_recall import precision_recall

    paths = {"vgg16": work / "vgg16.pth", "lpips": work / "lpips.pth"}
    network = load_network("vgg16", paths)
    see = lambda *arguments: network(noise(*arguments))["features"]  # noqa: E731
    for side in SIDES:
        expected = theirs[f"vgg16/{side}"]
        deviation = np.abs(see(side, 6, side) - expected).max()
        print(f"vgg16 of {side}x{side}: deviation {deviation:.3g}, values to {expected.max():.3g}")
    found = precision_recall(see(1, 60, 64), see(2, 50, 64), half=False)
    print(f"precision, recall of VGG16: ours {found}, torch-fidelity {theirs['vgg16/pr']}")
    for side in (*SIDES, 512):
        found = resizing.clean_bicubic(noise(side, 2, side).astype(np.float32), 299).numpy()
        deviation = np.abs(found - theirs[f"clean/{side}"]).max()
        print(f"clean resize of {side}x{side}: deviation {deviation:.3g} of 255")
    images = noise(7, LPIPS_CLUSTERS + LPIPS_FAKES, 64).astype(np.float32)
    embeddings = load_perceptual(paths)(images).numpy()
    found, expected = squared_distances(embeddings, embeddings), theirs["lpips"]
    apart = ~np.eye(len(images), dtype=bool)
    deviation = np.abs(found[apart] / expected[apart] - 1).max()
    print(f"lpips: relative deviation {deviation:.3g}, values {expected[apart].min():.3g} to"
          f" {expected.max():.3g}")  # fmt: skip
    cluster = expected[LPIPS_CLUSTERS:, :LPIPS_CLUSTERS].argmin(axis=1)
    within = expected[LPIPS_CLUSTERS:, LPIPS_CLUSTERS:]
    means = [
        np.mean(within[np.ix_(of, of)][~np.eye(len(of), dtype=bool)])
        for of in (np.flatnonzero(cluster == c) for c in range(LPIPS_CLUSTERS))
        if len(of) > 1
    ]
    found = intra_cluster_distance(embeddings[:LPIPS_CLUSTERS], embeddings[LPIPS_CLUSTERS:])
    show("intra-cluster lpips", found.distance, "loops over lpips", np.mean(means))


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[2].removeprefix("--work="))
    where.mkdir(parents=True, exist_ok=True)
    {"peer": peer, "ours": ours}[sys.argv[1]](where)
