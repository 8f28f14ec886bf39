"""Links in a folder of pictures: inside of it they are files, out of it they wait for --follow_links."""

import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared.cache import warn_if_changed
from ada_tf.data.prepared.prepared_set import read
from ada_tf.data.sources.folders_and_archives import LEADS_OUT, LeftOut, files_below
from tests.data import samples
from tests.sentences import refused


@pytest.fixture
def linked(tmp_path):
    """A folder of one picture of its own, and of links of every kind."""
    folder = samples.folder(tmp_path / "photos", ["own.png", "more/inside.png"])
    private = samples.folder(tmp_path / "private", ["a.png", "b.png", "c.png"])
    (folder / "to_file.png").symlink_to(private / "a.png")
    (folder / "relative.png").symlink_to("../private/b.png")
    (folder / "to_folder").symlink_to(private)
    (folder / "within.png").symlink_to(folder / "more" / "inside.png")
    (folder / "by_another.png").symlink_to(folder / "to_file.png")
    (folder / "beside").symlink_to(tmp_path / "photos_2")
    samples.folder(tmp_path / "photos_2", ["d.png"])
    return folder


OUTWARD = {"to_file.png", "relative.png", "to_folder", "by_another.png", "beside"}


def opened(folder, tmp_path, **arguments):
    said = []
    config = DataConfig(str(folder), resolution=8, cache_dir=str(tmp_path / "cache"), **arguments)
    return open_dataset(config, said.append), said


def test_links_that_lead_out_are_left_out_and_named(linked):
    found = list(files_below(linked, follow_links=False))
    left_out = {item.name for item in found if isinstance(item, LeftOut) and item.why == LEADS_OUT}
    assert left_out == OUTWARD
    files = {item.name for item in found} - left_out
    assert files == {"own.png", "more/inside.png", "within.png"}


def test_what_is_trained_on(linked, tmp_path):
    dataset, said = opened(linked, tmp_path)
    assert dataset.num_images == 2  # within.png is a duplicate
    assert any(line.startswith("data: left out: 5 links that lead out") for line in said)
    report = (dataset.prepared_in / "data_report.txt").read_text()
    assert f"skipped, {LEADS_OUT} (.png): 3" in report


def test_they_are_followed_where_that_is_asked_for(linked, tmp_path):
    dataset, said = opened(linked, tmp_path, follow_links=True)
    assert dataset.num_images == 3  # of seeds 0 to 2; files of one seed are duplicates
    assert not any("links" in line for line in said)


@pytest.mark.parametrize("follow_links", [True, False])
def test_a_set_that_is_as_it_was_has_not_changed(linked, tmp_path, follow_links):
    dataset, _ = opened(linked, tmp_path, follow_links=follow_links)
    said = []
    warn_if_changed(dataset.prepared_in, read(dataset.prepared_in).origin, said.append)
    assert not said
    (linked / "own.png").unlink()
    warn_if_changed(dataset.prepared_in, read(dataset.prepared_in).origin, said.append)
    assert len(said) == 1


def test_the_folder_itself_may_be_a_link(linked, tmp_path):
    (tmp_path / "link").symlink_to(linked)
    assert opened(tmp_path / "link", tmp_path)[0].num_images == 2


def test_a_folder_of_nothing_but_links(tmp_path):
    private = samples.folder(tmp_path / "private", ["a.png"])
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").symlink_to(private / "a.png")
    with refused("data=", "--follow_links"):
        opened(tmp_path / "photos", tmp_path)
    assert opened(tmp_path / "photos", tmp_path, follow_links=True)[0].num_images == 1
