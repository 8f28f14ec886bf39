"""Is a generator seen that repeats what it knows by heart? "q % near copies of M originals", by small pixels.

    python tools/fetch_emoji.py --out=emoji --skin_tones=false
    python tools/fetch_critters.py --out=critters --count=3000
    python experiments/planted_truth/memorisers.py --set=creatures --set=digits --set=emoji=emoji \
        --set=critters=critters --out=memorisers.jsonl

Appends a line for each case to `--out` and leaves out those that are there. `--table` prints README.md's table
of it instead.
"""

import collections
import json
import pathlib
import zlib

import numpy as np
import planted
import scipy.ndimage
from absl import app, flags
from sources import Images, Remembering

from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.copies.verdict import ALARM

FLAGS = flags.FLAGS
flags.DEFINE_multi_string("set", [], "creatures, digits, or NAME=FOLDER of pictures.")
flags.DEFINE_string("out", None, "File of the results.", required=True)
flags.DEFINE_integer("honest", 10, "Generators of each honest kind.")
flags.DEFINE_integer("copying", 4, "Copying generators of each kind.")
flags.DEFINE_string("features", None, "Network that looks as well, at fewer cases of 300 pictures.")
flags.DEFINE_string("weights", None, "Its weight file.")
flags.DEFINE_bool("table", False, "Print the tables of a file.")

SIDE, TESTED, HELD_OUT = 32, 1000, 200
SIZES, SHARES, ORIGINALS = (20, 30, 60, 100, 300, 1000), (0.05, 0.15, 0.4, 1.0), (20, 100, None)


def pictures(name: str):
    """(name, uint8 [N, H, W, C]) of a set, none of them twice."""
    name, _, folder = name.partition("=")
    if name == "creatures":
        from ada_tf.data.creatures import creature, draw

        found = np.stack([draw(creature(i), SIDE) for i in range(3000)])
    elif name == "digits":
        from sklearn.datasets import load_digits

        grey = np.clip(16 * load_digits().images, 0, 255).astype(np.uint8)
        found = np.repeat(np.repeat(grey, 2, axis=1), 2, axis=2)[..., np.newaxis]
    else:
        from ada_tf.data import DataConfig, open_dataset

        dataset = open_dataset(DataConfig(folder, resolution=SIDE))
        found = dataset.images(np.arange(dataset.num_images))
    first = np.unique(found.reshape(len(found), -1), axis=0, return_index=True)[1]
    return name, found[np.sort(first)]


def changed(images, rng):
    """As a network repeats them: contrast x N(1, 5 %), brightness + N(0, 4), noise N(0, 6), of 255."""
    one = lambda scale: rng.normal(0, scale, [len(images), 1, 1, 1])  # noqa: E731
    mean = images.mean() if len(images) else 0.0
    values = (images - mean) * (1 + one(0.05)) + mean + one(4)
    return planted.to_bytes(values + rng.normal(0, 6, images.shape))


def honest(kind: str, fresh, training, count: int, rng):
    """What an honest generator makes: nothing that it was trained on."""
    one, other = (fresh[rng.permutation(len(fresh))[:count]] for _ in range(2))
    return {
        "fresh": lambda: one,
        "ten modes": lambda: changed(fresh[rng.integers(0, 10, count)], rng),
        "fifty modes": lambda: changed(fresh[rng.integers(0, 50, count)], rng),
        "blurred": lambda: planted.to_bytes(
            scipy.ndimage.gaussian_filter(one.astype(float), [0, 1.5, 1.5, 0])
        ),
        "near the mean": lambda: planted.to_bytes(0.6 * one + 0.4 * training.mean(axis=0)),
        "mixed": lambda: planted.to_bytes(0.5 * one + 0.5 * other),
    }[kind]()


HONEST = ("fresh", "ten modes", "fifty modes", "blurred", "near the mean", "mixed")


def cases(count: int):
    """Cases of a set of so many pictures: (training pictures, held out, share of copies, originals, honest kind)."""
    for n in SIZES:
        if n + 60 > 0.75 * count:
            continue
        for held_out in (0, HELD_OUT) if n in (30, 100, 300) and n + 400 < 0.75 * count else (0,):
            yield from ((n, held_out, 0.0, 0, kind) for kind in HONEST)
            for share in SHARES:
                for m in sorted({min(n, m or n) for m in ORIGINALS}):
                    yield n, held_out, share, m, "fresh"


def few_cases(count: int):
    """Those that a feature network looks at."""
    for n, held_out, share, originals, kind in cases(count):
        small = n in (30, 100, 300) and not held_out and originals in (0, 20, n)
        if small and share in (0.0, 0.15, 0.4) and kind in ("fresh", "ten modes", "blurred"):
            yield n, held_out, share, originals, kind


def search(images, case, rng, network=None):
    """The `Copies` of one planted generator."""
    n, held_out, share, originals, kind = case
    images = images[rng.permutation(len(images))]
    training, unseen, fresh = np.split(images, [n, n + held_out])
    tested = min(TESTED if network is None else 300, len(fresh))
    copied = round(share * tested)
    repeated = training[rng.integers(0, max(originals, 1), copied)]
    fakes = honest(kind, fresh, training, tested - copied, rng)
    fakes = np.concatenate([changed(repeated, rng), fakes])[rng.permutation(tested)]
    finder = CopySearch(Images(training), Images(unseen) if held_out else None, network)
    return finder(Images(fakes), tested, 1)[0]


def main(argv) -> None:
    """All cases of all sets that are not in the file."""
    del argv
    out = pathlib.Path(FLAGS.out)
    lines = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    if FLAGS.table:
        print(tables(lines))
        return
    done = {(line["set"], *line["case"]) for line in lines}
    network = None
    if FLAGS.features:
        from ada_tf.metrics.features.feature_network import load_network

        network = load_network(FLAGS.features, {FLAGS.features: FLAGS.weights})
        network = Remembering(network, out.with_suffix(".npz"))
    for given in FLAGS.set:
        name, images = pictures(given)
        for case in cases(len(images)) if network is None else few_cases(len(images)):
            if (name, *case) in done:
                continue
            rng = np.random.default_rng(zlib.crc32(repr((name, case)).encode()))
            count = FLAGS.copying if case[2] else FLAGS.honest
            found = [search(images, case, rng, network) for _ in range(count)]
            verdicts = collections.Counter(one.verdict for one in found)
            line = {
                "set": name,
                "case": case,
                "verdicts": dict(verdicts),
                "p": [float(f"{one.p:.2g}") for one in found],
                "tested": found[0].tested,
                "expected": [round(one.expected, 1) for one in found],
                "flagged": [one.count for one in found],
                "beside": [int(one.rules[1].hits.sum()) for one in found],
                "seen_from": [one.seen_from for one in found],
                "distinct": [one.distinct for one in found],
            }
            with out.open("a") as file:
                file.write(json.dumps(line) + "\n")
            if network is not None:
                network.keep()
        print(name, len(images), flush=True)


def tables(lines) -> str:
    """README.md's tables: by size, by set and kind, and whether the share that would be seen was seen."""
    by_size, by_kind = collections.defaultdict(list), collections.defaultdict(list)
    promised = []
    for line in lines:
        n, held_out, share, _, kind = line["case"]
        by_size[n, held_out, share].append(line["verdicts"])
        by_kind[line["set"], kind if not share else f"{share:.0%} copies"].append(line["verdicts"])
        if share:
            promised += [
                p < ALARM
                for p, seen in zip(line["p"], line["seen_from"], strict=True)
                if seen is not None and seen <= share
            ]
    part = lambda verdicts, word: (  # noqa: E731
        f"{sum(v.get(word, 0) for v in verdicts)} of {sum(sum(v.values()) for v in verdicts)}"
    )
    rows = ["| training | held out | honest: accused | cannot tell | 5 % | 15 % | 40 % | 100 % |"]
    rows += ["|---|---|---|---|---|---|---|---|"]
    for n, held_out in dict.fromkeys(key[:2] for key in sorted(by_size)):
        honest_ones = by_size[n, held_out, 0.0]
        cells = [part(honest_ones, word) for word in ("copies", "cannot tell")]
        cells += [part(by_size[n, held_out, share], "copies") for share in SHARES]
        rows.append(f"| {n:,} | {held_out} | {' | '.join(cells)} |")
    sets = dict.fromkeys(name for name, _ in by_kind)
    rows += ["", f"| called copies | {' | '.join(sets)} |", "|---" * (1 + len(sets)) + "|"]
    for kind in dict.fromkeys(kind for _, kind in by_kind):
        cells = [part(by_kind[name, kind], "copies") for name in sets]
        rows.append(f"| {kind} | {' | '.join(cells)} |")
    rows += ["", f"Shares that would be seen were seen: {sum(promised)} of {len(promised)}."]
    return "\n".join(rows)


if __name__ == "__main__":
    app.run(main)
