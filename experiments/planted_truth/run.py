"""What does every score say of images of which the truth is known?

    python tools/fetch_emoji.py --out=emoji --skin_tones=false
    python tools/fetch_elpv.py --out=elpv --classes=false
    python experiments/planted_truth/run.py --emoji=emoji --elpv=elpv --work=/tmp/planted

Writes result.json into `--work` and prints the tables of README.md. Features are kept in `--work`, so
that a run that was stopped goes on.
"""

import json
import pathlib

import numpy as np
import planted
from absl import app, flags
from sources import Images, Remembering

from ada_tf.data import DataConfig, open_dataset
from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.copies.verdict import p_value
from ada_tf.metrics.features.feature_network import load_network
from ada_tf.metrics.measures.frechet import frechet_distance_of, moments_of
from ada_tf.metrics.measures.kernel import kernel_estimate
from ada_tf.metrics.measures.memorisation import authenticity, data_copying
from ada_tf.metrics.measures.precision_recall import density_coverage, precision_recall

FLAGS = flags.FLAGS
flags.DEFINE_string("emoji", None, "Folder of the emoji.")
flags.DEFINE_string("elpv", None, "Folder of the solar cells.")
flags.DEFINE_string("work", None, "Folder of features and results.", required=True)
flags.DEFINE_integer("splits", 12, "Splits for false alarms.")

SIDE = 64


def main(argv) -> None:
    """All tables of all sets."""
    del argv
    work = pathlib.Path(FLAGS.work)
    work.mkdir(parents=True, exist_ok=True)
    result = {}
    for name in ("emoji", "elpv"):
        if FLAGS[name].value:
            result[name] = of_a_set(FLAGS[name].value, name, work)
            (work / "result.json").write_text(json.dumps(result, indent=1) + "\n")
            print(f"\n## {name}\n{tables(result[name])}", flush=True)


def of_a_set(source: str, name: str, work: pathlib.Path) -> dict:
    """Everything of one data set."""
    config = DataConfig(source, resolution=SIDE, cache_dir=str(work / "data"))
    dataset = open_dataset(config)
    chosen = np.random.RandomState(0).permutation(dataset.num_images)[: 3 * planted.SPLIT]
    images = dataset.images(chosen)
    network = Remembering(load_network("mobilenet"), work / f"{name}.npz")
    training, held_out, honest = planted.split(images, 0)
    rows = planted.generated(training, honest)
    scores = {}
    by_held_out = CopySearch(Images(training), Images(held_out), network)
    by_training = CopySearch(Images(training), None, network)
    for row, fakes in rows.items():
        print(f"{name}: {row}", flush=True)
        scores[row] = {
            **of_features(network, training, held_out, fakes),
            "by held-out reals": of_copies(by_held_out, fakes),
            "by training images": of_copies(by_training, fakes),
        }
        network.keep()
    twins = CopySearch(Images(planted.with_twins(training)), None, network)
    kinds = ("held-out reals (honest)", "10 % exact copies", "near copies")
    return {
        "scores": scores,
        "twins": {row: of_copies(twins, rows[row]) for row in kinds},
        "splits": [of_a_split(images, seed, network) for seed in range(1, FLAGS.splits + 1)],
    }


def of_a_split(images, seed: int, network) -> dict:
    """What is found where nothing is copied, and where a twentieth is, on another split."""
    training, held_out, honest = planted.split(images, seed)
    found = {}
    for name, unseen in (("held-out reals", Images(held_out)), ("training images", None)):
        search = CopySearch(Images(training), unseen, network)
        found[f"by {name}"] = {
            "honest": of_copies(search, honest),
            "5 % exact copies": of_copies(search, planted.copied(training, honest, 0.05)),
            "mirrored copies": of_copies(search, planted.mirrored(training)),
        }
    return found


def of_copies(search: CopySearch, fakes) -> dict:
    """Flags of each view, of all together, what is expected, and p."""
    found = search(Images(fakes), drawn=1)[0]
    pixels, features = found.views
    return {
        "pixels": int(pixels.flagged.sum()),
        "features": int(features.flagged.sum()),
        "count": found.count,
        "exact": int(found.exact.sum()),
        "expected": found.expected,
        "p": found.p,
        "p of pixels": _p_of(pixels, found),
        "p of features": _p_of(features, found),
        "nearer p": [pixels.nearer_p, features.nearer_p],
        "distinct": found.distinct,
        "copying": found.copying,
    }


def _p_of(view, found) -> float:
    """The p-value of one view alone."""
    unseen = view.unseen.relative
    rank = int((unseen <= view.limit).sum())
    return p_value(int(view.flagged.sum()), found.tested, rank, len(unseen) + 1 - rank)


def of_features(network, training, held_out, fakes) -> dict:
    """What scores of features say."""
    training, held_out, fakes = (network(x)["features"] for x in (training, held_out, fakes))
    kid, kid_held_out = kernel_estimate(training, fakes), kernel_estimate(held_out, fakes)
    moments = [moments_of(x) for x in (training, held_out, fakes)]
    copying = data_copying(training, held_out, fakes)
    return {
        "KID": [1000 * kid.value, 1000 * kid.error],
        "KID held-out": [1000 * kid_held_out.value, 1000 * kid_held_out.error],
        "FID": frechet_distance_of(moments[0], moments[2]),
        "FID held-out": frechet_distance_of(moments[1], moments[2]),
        "precision, recall": precision_recall(training, fakes),
        "density, coverage": density_coverage(training, fakes),
        "AuthPct": 100 * authenticity(training, held_out, fakes).fake.value,
        "C_T": copying.statistic.value,
        "nearer in": copying.nearer,
    }


def tables(found: dict) -> str:
    """README.md's tables."""
    lines = [
        "| of 400 | KID | KID held-out | FID, held-out | P / R | D / C | AuthPct | C_T | nearer in |"
        " copies: pixels, features, both (expected) | p | p without held-out |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row, s in found["scores"].items():
        c, loo = s["by held-out reals"], s["by training images"]
        pair = lambda key: " / ".join(f"{x:.2f}" for x in s[key])  # noqa: E731, B023
        kid, kid_held_out = (
            f"{v:.1f} ± {e:.1f}" for v, e in (s[k] for k in ("KID", "KID held-out"))
        )
        lines.append(
            f"| {row} | {kid} | {kid_held_out} | {s['FID']:.0f}, {s['FID held-out']:.0f} |"
            f" {pair('precision, recall')} | {pair('density, coverage')} | {s['AuthPct']:.0f} |"
            f" {s['C_T']:.1f} | {s['nearer in']:.0%} |"
            f" {c['pixels']}, {c['features']}, **{c['count']}** ({c['expected']:.0f}) |"
            f" {c['p']:.1g} | {loo['p']:.1g} |"
        )
    lines += ["", "| a twentieth of the training images is there twice | copies (expected) | p |"]
    lines += ["|---|---|---|"]
    for row, c in found["twins"].items():
        lines.append(f"| {row} | {c['count']} ({c['expected']:.0f}) | {c['p']:.1g} |")
    lines += ["", "| other splits | unseen | flagged of 400 | expected | p below .05, .001 |"]
    lines += ["|---|---|---|---|---|"]
    for row in found["splits"][0]["by held-out reals"]:
        for unseen in found["splits"][0]:
            each = [s[unseen][row] for s in found["splits"]]
            count, expected, p = (
                np.array([c[k] for c in each]) for k in ("count", "expected", "p")
            )
            lines.append(
                f"| {row} | {unseen} | {count.mean():.1f} ± {count.std():.1f} | {expected.mean():.1f} |"
                f" {(p < 0.05).sum()}, {(p < 1e-3).sum()} of {len(p)} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    app.run(main)
