"""Labels beside the images: classes, several a picture, numbers; and how they reach the batches."""

import json
import re

import numpy as np
import pytest

from ada_tf.data import DataConfig, grid_selection, open_dataset
from ada_tf.data.advice import label_advice
from ada_tf.data.dataset import _measured
from ada_tf.errors import UserError
from ada_tf.label_space import LabelSpace
from tests.data import samples
from tests.sentences import refused

NAMES = ["a.png", "b.png", "c.png", "d.png"]
CSV = "file,kind,smiling,age\na.png,dog,1,0.25\nb.png,cat,0,0.5\nc.png,cat,1,-2\nd.png,dog,0,1e-3\n"
# Of CSV: cat, dog, smiling, age.
VECTORS = np.array([[0, 1, 1, 0.25], [1, 0, 0, 0.5], [1, 0, 1, -2], [0, 1, 0, 1e-3]], np.float32)


def written(tmp_path, text, name="labels.csv"):
    source = samples.folder(tmp_path / "set", NAMES)
    (source / name).write_text(text, encoding="utf-8")
    return source


def opened(source, **wishes):
    config = DataConfig(str(source), **{"cond": True, "resolution": 8, **wishes})
    cache = str(source.parent / "cache")
    return open_dataset(DataConfig(**{**vars(config), "cache_dir": cache}), samples.quiet)


def refusal(source) -> str:
    with pytest.raises(UserError) as caught:
        opened(source)
    return str(caught.value)


def test_a_class_and_attributes(tmp_path):
    source = written(tmp_path, CSV)
    dataset = opened(source)
    ranges = ((0, 0, 1), (-2, float(np.float32(1e-3)), 0.5))
    space = LabelSpace(2, ("cat", "dog"), ("smiling", "age"), ranges, shares=(0.5, 0.5))
    assert dataset.label_space == space
    assert dataset.labels.dtype == np.float32
    np.testing.assert_array_equal(dataset.labels, VECTORS)
    np.testing.assert_array_equal(dataset.label_source, VECTORS)
    again = opened(source)  # prepared before
    np.testing.assert_array_equal(again.labels, VECTORS)
    assert (again.label_space, again.fingerprint) == (space, dataset.fingerprint)


def test_images_keep_their_vectors_in_batches_flips_subsets_and_other_shapes(tmp_path):
    source = written(tmp_path, CSV)
    dataset = opened(source, mirror=True)
    np.testing.assert_array_equal(dataset.labels, np.tile(VECTORS, (2, 1)))
    batch = next(iter(dataset.batches(8)))
    assert batch["labels"].dtype.name == "float32"
    for image, label in zip(batch["images"].numpy(), batch["labels"].numpy(), strict=True):
        index = next(i for i in range(8) if np.array_equal(image, dataset.images([i])[0]))
        np.testing.assert_array_equal(label, VECTORS[index % 4])
    part = opened(source, subset=2, validation=1)
    np.testing.assert_array_equal(part.labels, VECTORS[part.items])
    np.testing.assert_array_equal(part.validation.labels, VECTORS[part.validation.items])
    assert part.label_space == dataset.label_space  # ranges are those of all images
    # A prepared set is a source itself.
    folder = dataset.store.origin.files[0].parent
    other = opened(folder, resolution=16, cache_dir=str(tmp_path / "other"))
    np.testing.assert_array_equal(other.labels, VECTORS)
    assert other.label_space == dataset.label_space


def test_without_cond_there_are_no_labels(tmp_path):
    dataset = opened(written(tmp_path, CSV), cond=False)
    assert (dataset.labels, dataset.label_dim, dataset.label_source) == (None, 0, None)


def test_a_column_of_words_alone_is_a_class_number(tmp_path):
    dataset = opened(
        written(tmp_path, '\ufefffile,kind\nb.png,"a, b"\na.png,z\nc.png,z\nd.png,z\n')
    )
    np.testing.assert_array_equal(dataset.labels, [1, 0, 1, 1])
    assert dataset.labels.dtype == np.int64
    assert dataset.label_space == LabelSpace(2, ("a, b", "z"), shares=(0.25, 0.75))


def test_true_and_false_are_numbers(tmp_path):
    text = "file,open\na.png,True\nb.png,false\nc.png,0.5\nd.png,TRUE\n"
    np.testing.assert_array_equal(opened(written(tmp_path, text)).labels[:, 0], [1, 0, 0.5, 1])


def test_lists_of_dataset_json(tmp_path):
    labels = [["d.png", [4, 0.5]], ["a.png", [1, -1]], ["b.png", [2, 0]], ["c.png", [3, 1e3]]]
    source = written(tmp_path, json.dumps({"labels": labels}), "dataset.json")
    dataset = opened(source)
    np.testing.assert_array_equal(dataset.labels, [[1, -1], [2, 0], [3, 1000], [4, 0.5]])
    assert dataset.label_space.attributes == ("0", "1")
    text = json.dumps({"labels": labels, "attributes": ["rank", "lift"]})
    (source / "dataset.json").write_text(text)
    named = opened(source)
    assert named.label_space.attributes == ("rank", "lift")
    assert named.fingerprint != dataset.fingerprint


def test_a_changed_table_is_read_again(tmp_path):
    source = written(tmp_path, CSV)
    before = opened(source)
    (source / "labels.csv").write_text(CSV.replace("a.png,dog,1", "a.png,dog,0"))
    after = opened(source)
    assert (before.labels[0, 2], after.labels[0, 2]) == (1, 0)
    assert before.fingerprint != after.fingerprint


def test_images_without_a_row_leave_no_labels(tmp_path):
    source = written(tmp_path, "file,age\na.png,1\n")
    assert "cond=True: set has no labels" in refusal(source)
    assert opened(source, cond=False).num_images == 4


def test_two_files_of_labels_are_one_too_many(tmp_path):
    source = written(tmp_path, CSV)
    (source / "dataset.json").write_text('{"labels": [["a.png", 0]]}')
    assert refusal(source).endswith(
        "holds labels in dataset.json and in labels.csv; keep one of them."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has a first row of 0 fields"),
        ("file\na.png\n", "has a first row of 1 fields"),
        ("file;age\na.png;1\n", "must be names of columns with commas"),
        ("file,age\na.png,1,2\n", "has 3 fields in row 2; must be 2, as in the first."),
        ("file,age,x\na.png,1,2\n\nb.png, ,2\n", "has no value in row 4, column 'age'; give one"),
        ("file,age\na.png,1\nb.png,?\n", "has '?' in row 3, column 'age'; must be -1e+06 to 1e+06"),
        ("file,age\na.png,1\nb.png,nan\n", "has 'nan' in row 3, column 'age'"),
        ("file,age\na.png,1\nb.png,1e7\n", "has '1e7' in row 3, column 'age'"),
        ("file,kind\na.png,x\nb.png,3\n", "has '3' in row 3, column 'kind'; must be a word"),
        ("file,age\na.png,1\na.png,2\n", "names 'a.png' again in row 3"),
        ("file,kind,hue\na.png,x,y\n", "has the columns of words kind, hue; must be one at most"),
        ("file,a:b\na.png,1\n", "has the attribute 'a:b'; names of attributes must be"),
        ("file,age,age\na.png,1,2\n", "holds labels that have two attributes of one name"),
        ('file,age\na.png,"1\n', "cannot be read as a table of labels"),
    ],
)  # fmt: skip
def test_tables_that_are_none(tmp_path, text, said):
    message = refusal(written(tmp_path, text))
    assert said in message
    assert "labels.csv" in message


@pytest.mark.parametrize(
    "labels",
    [
        [["a.png", [1]], ["b.png", [1, 2]]],
        [["a.png", [1]], ["b.png", 1]],
        [["a.png", 1], ["b.png", [1]]],
        [["a.png", []]],
        [["a.png", [True]]],
        [["a.png", ["1"]]],
        [["a.png", [1e9]]],
    ],
)
def test_lists_that_are_no_labels(tmp_path, labels):
    source = written(tmp_path, json.dumps({"labels": labels}), "dataset.json")
    with refused("data="):
        opened(source)


@pytest.mark.parametrize(
    "names", [["x"], "xy", ["x", 7], ["x", "x"], ["x", ""], ["x", "a,b"], ["x", "y" * 101]]
)
def test_names_that_are_no_attributes(tmp_path, names):
    text = json.dumps({"labels": [[name, [1, 2]] for name in NAMES], "attributes": names})
    said = refusal(written(tmp_path, text, "dataset.json"))
    assert re.search(r"dataset\.json (has the attribute|holds labels that)", said), said


def test_a_name_of_the_most_characters_is_read(tmp_path):
    text = json.dumps(
        {"labels": [[name, [1, 2]] for name in NAMES], "attributes": ["x", "y" * 100]}
    )
    space = opened(written(tmp_path, text, "dataset.json")).label_space
    assert space.attributes == ("x", "y" * 100)


def test_a_grid_of_vectors_has_no_rows_of_classes(tmp_path):
    dataset = opened(written(tmp_path, CSV))
    assert sorted(grid_selection(dataset, 2, 2)) == [0, 1, 2, 3]


def test_columns_that_networks_would_not_hear_are_said(tmp_path):
    text = "file,age,smiling,same\na.png,20,1,3\nb.png,60,0,3\nc.png,20,1,3\nd.png,60,0,3\n"
    said = list(label_advice(opened(written(tmp_path, text))))
    assert said == [
        "labels: age has a mean of 40 and a standard deviation of 20; StyleGAN2 standardises it"
        " inside, and you go on to ask for it as it is in the data",
        "labels: same is the same in all images, which says nothing",
    ]


def rare(count, value=1.0):
    return [0.0] * (count - 1) + [value]


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([20, 60], (40, 20)),  # years
        ([0, 1, 1, 0], (0, 1)),
        ([-5, 5, -5, 5], (0, 1)),
        ([-5.1, 5.1], (0, 5.1)),
        ([4, 6], (0, 1)),
        ([5, 6], (5.5, 0.5)),  # around 5.5, beside which nothing else is heard
        ([2001, 2003], (2002, 1)),
        ([0.001, 0.003], (0.002, 0.001)),
        (rare(10_000), (0, 1)),  # is heard where it is
        (rare(10_000, 0.5), (5e-5, 0.00499975)),
        ([0.3] * 4, (0, 1)),
        ([1900] * 4, (1900, 1)),  # says nothing, and drowns nothing
        ([0, 1e-12], (0, 1e-9)),
        ([1 / 3, 1000 / 3], (166.833, 166.5)),
    ],
)
def test_what_networks_make_of_an_attribute(values, scale):
    labels = np.array([[0, 1, value] for value in values], np.float64)
    space = _measured(LabelSpace(2, ("a", "b"), ("x",)), labels)
    found = space.scales[0] if space.scales else (0, 1)
    assert found == pytest.approx(scale, abs=1e-9)
    assert bool(space.scales) == (scale != (0, 1))
    assert space.problem() is None
