"""Do generated digits show their class? What truncation toward the class, or toward all, does to it.

    python experiments/conditional_digits/measure.py runs/00000-digits-cond-tiny/snapshots/images-60000

Prints the rows of the README: how many of 100 images a class an SVM trained on real digits takes for
their class, and how far images lie from the mean of their class. With --picture=FILE.png also seeds 0
to 7 of every class, side by side: psi 1, and psi 0.5 toward the class and toward all.
"""

import argparse

import numpy as np
from sklearn.svm import SVC

import ada_tf

IMAGES, HELD_OUT, SCALE = 100, 500, 2
PSI = (1.0, 0.7, 0.5, 0.3)


def classifier():
    """(SVM of real digits, its accuracy on those that were held out, the spread of all)."""
    dataset = ada_tf.open_dataset(ada_tf.DataConfig("digits", cond=True))
    order = np.random.RandomState(0).permutation(dataset.num_images)
    x = dataset.images(order).reshape(len(order), -1) / 127.5 - 1
    labels = dataset.label_of(order)
    svm = SVC(gamma="scale").fit(x[HELD_OUT:], labels[HELD_OUT:])
    return svm, svm.score(x[:HELD_OUT], labels[:HELD_OUT]), spread(x, labels)


def spread(images, labels) -> float:
    """Mean distance of an image from the mean image of its class."""
    x = images.reshape(len(images), -1)
    by_class = [x[labels == label] for label in np.unique(labels)]
    return float(np.mean([np.linalg.norm(c - c.mean(0), axis=1).mean() for c in by_class]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("--picture")
    arguments = parser.parse_args()
    svm, held_out, apart = classifier()
    print(f"{HELD_OUT} held-out real digits: {held_out:.1%}; spread of the real ones: {apart:.2f}")
    generator, config = ada_tf.load_generator(arguments.network)
    labels = np.repeat(np.arange(config.num_classes), IMAGES)
    print("| psi | toward | accuracy | worst class | spread |\n|---|---|---|---|---|")
    for psi in PSI:
        for truncation in ("class", "global") if psi != 1 else ("class",):
            images = ada_tf.generate(
                generator,
                seeds=np.arange(len(labels)),
                labels=labels,
                truncation_psi=psi,
                truncation=truncation,
                batch=100,
            )
            images = np.clip(images, -1, 1)
            right = svm.predict(images.reshape(len(images), -1)) == labels
            worst = min(right[labels == label].mean() for label in range(config.num_classes))
            name = truncation if psi != 1 else "-"
            print(
                f"| {psi:g} | {name} | {right.mean():.1%} | {worst:.0%} | {spread(images, labels):.2f} |"
            )
    if arguments.picture:
        save_picture(generator, config.num_classes, arguments.picture)


def save_picture(generator, classes: int, path) -> None:
    options = {"seeds": np.tile(np.arange(8), classes), "labels": np.repeat(np.arange(classes), 8)}
    parts = []
    for psi, truncation in ((1.0, "class"), (0.5, "class"), (0.5, "global")):
        images = ada_tf.generate(
            generator, **options, truncation_psi=psi, truncation=truncation, batch=80
        )
        images = images.repeat(SCALE, axis=1).repeat(SCALE, axis=2)
        parts += [
            images.reshape(classes, 8, *images.shape[1:]),
            np.ones_like(images[:classes, None]),
        ]
    rows = np.concatenate(parts[:-1], axis=1)
    ada_tf.save_grid(rows.reshape(-1, *rows.shape[2:]), path, columns=rows.shape[1])


if __name__ == "__main__":
    main()
