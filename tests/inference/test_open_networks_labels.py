"""Names of classes go with networks, out of runs and from hand to hand."""

import json

import pytest

from ada_tf.cli import export
from ada_tf.inference.open_networks import as_network, open_trained
from ada_tf.interop import network_folder
from ada_tf.interop.network_folder import About
from tests.cli.programs import run
from tests.inference.runs import save_run
from tests.sentences import refused

NAMES = ("cat", "great dog", "7")


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    save_run(path, resolution=8, channels=1, classes=3, names=NAMES)
    return path


@pytest.fixture
def folder(run_dir, tmp_path):
    run(run_dir, "--format=network", f"--out={tmp_path / 'network'}", program=export)
    return tmp_path / "network"


def test_a_run_gives_its_names_to_its_network(run_dir, folder):
    assert open_trained(run_dir).label_space.class_names == NAMES
    assert network_folder.read(folder).about.class_names == NAMES
    assert open_trained(folder).label_space.class_names == NAMES
    card = (folder / "README.md").read_text()
    assert "- Classes: cat, great dog, 7\n" in card
    assert "ada-generate network --class=cat --seeds=0-15" in card


def test_names_that_were_given_are_kept(run_dir):
    about = About(name="x", class_names=("a", "b", "c"))
    assert as_network(open_trained(run_dir), about).about == about


@pytest.mark.parametrize("names", [["cat"], ["cat"] * 4])
def test_a_folder_names_every_class_or_none(folder, names):
    record = json.loads((folder / "network.json").read_text())
    record["about"]["class_names"] = names
    (folder / "network.json").write_text(json.dumps(record))
    with refused(len(names)):
        network_folder.read(folder)


def test_a_network_without_classes_or_names(plain, conditional, tmp_path):
    """What its README says can be given as it stands."""
    for (path, _), flag in ((plain, ""), (conditional, " --class=0")):
        trained = open_trained(path)
        assert trained.label_space.class_names == ()
        network = as_network(trained, About(name="x"))
        assert network.about == About(name="x")
        out = network_folder.write(network, tmp_path / f"n{len(flag)}")
        assert f"ada-generate {out.name}{flag} --seeds=0-15" in (out / "README.md").read_text()
