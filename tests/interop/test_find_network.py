"""Networks by name, address and path."""

import hashlib
import pathlib
import re

import numpy as np
import pytest

import ada_tf
from ada_tf.data.creatures import creature, draw
from ada_tf.errors import UserError
from ada_tf.images import to_uint8
from ada_tf.interop import find_network, network_folder
from ada_tf.interop.find_network import resolve_network
from ada_tf.interop.known_networks import PUBLISHED, Source
from tests.interop.g_ema_writer import write_checkpoint
from tests.interop.torch_writer import write_zip
from tests.sentences import refused
from tests.served import serving

# Networks of the package: there, small, free to use, and worth looking at.


@pytest.fixture(scope="module")
def pictures():
    generator, _ = ada_tf.load_generator("creatures")
    images = ada_tf.generate(generator, seeds=range(64), truncation_psi=0.7)
    return to_uint8(images).astype(float)


@pytest.mark.parametrize("name", find_network.NETWORKS)
def test_they_are_small_and_free(name):
    folder = find_network.NETWORKS[name]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1.2e6
    network = network_folder.read(folder)
    assert network.about.name == name
    assert network.about.licence == "Apache-2.0"
    assert network.has("discriminator")  # so that a training can start from them


def test_a_name_is_the_package_and_a_path_the_user(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_network.absolute_network("creatures") == "creatures"
    assert find_network.absolute_network("./creatures") == str(tmp_path / "creatures")
    network = find_network.read_built_in("creatures")
    assert ada_tf.read_network("creatures").about == network.about
    network_folder.write(network, "creatures", np.float16)
    assert network_folder.read("./creatures").about == network.about


def test_creatures_are_various_and_in_colour(pictures):
    assert pictures.shape == (64, 32, 32, 3)
    middle = pictures[:, 12:22, 12:20]
    assert middle.std(axis=0).mean() > 30  # from picture to picture
    colours = middle.mean((1, 2))
    assert np.ptp(colours, axis=0).min() > 70  # of bodies
    assert np.abs(pictures[..., 0] - pictures[..., 2]).mean() > 20  # none is grey


def test_creatures_look_like_those_that_are_drawn(pictures):
    """In the mean, and in how far pixels are from their neighbours: no noise, no blur."""
    drawn = np.stack([draw(creature(number), 32) for number in range(500)]).astype(float)

    def steps(images):
        return np.abs(np.diff(images, axis=1)).mean(), np.abs(np.diff(images, axis=2)).mean()

    mean = np.corrcoef(pictures.mean(0).ravel(), drawn.mean(0).ravel())[0, 1]
    assert mean > 0.8
    np.testing.assert_allclose(steps(pictures), steps(drawn), rtol=0.3)


# Networks by name or address: downloaded on request alone, and networks indeed.


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "net.pt"
    write_checkpoint(path)
    return path.read_bytes()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "ada_tf" / find_network.FOLDER


@pytest.fixture
def served(checkpoint, cache):
    with serving(checkpoint, "net.pt") as server:
        yield server


def test_an_address_becomes_the_path_of_what_it_says_it_is(served, cache, checkpoint):
    lines = []
    path = resolve_network(served.url, lines.append)
    assert pathlib.Path(path).parent == cache
    assert pathlib.Path(path).read_bytes() == checkpoint
    sha256 = hashlib.sha256(checkpoint).hexdigest()
    assert lines[1:3] == [
        f"{served.url}: StyleGAN2 of 16x16 grey images",
        f"Licence: not said in the file; ask whoever published it. Its SHA-256, {sha256}, is kept"
        " beside the file.",
    ]
    assert pathlib.Path(f"{path}.sha256").read_text().startswith(sha256)
    lines.clear()
    assert resolve_network(served.url, lines.append) == path
    assert lines == [f"{served.url} is here: {path}; delete it to fetch it anew"]
    assert len(served.requests) == 1


def test_a_name_tells_what_it_is_from_where_and_its_licence(served, monkeypatch):
    monkeypatch.setitem(PUBLISHED, "ffhq256", Source("faces of FFHQ", 256, served.url))
    for asked in (1, 1):
        lines = []
        path = resolve_network("ffhq256", lines.append)
        assert lines[0] == f"ffhq256: faces of FFHQ, 256x256 pixels, from {served.url}"
        assert re.match("Licence: NVIDIA's .* non-commercial use only. No SHA-256 is", lines[1])
        assert len(served.requests) == asked
    assert path == resolve_network(served.url, lines.append)


def test_published_names_lead_to_different_files_of_an_encrypted_address():
    urls = [source.url for source in PUBLISHED.values()]
    assert len(set(urls)) == len(PUBLISHED) == 5
    for name, source in PUBLISHED.items():
        assert source.url.startswith("https://")
        assert f"res{source.resolution}-" in source.url
        assert name.endswith(str(source.resolution))
        assert not find_network.is_built_in(name)


@pytest.mark.parametrize("given", ["./ffhq256", "runs/00000-a", "ffhq", "creatures", "/x.pkl", ""])
def test_other_paths_and_names_stay_as_they_are(cache, given):
    assert resolve_network(given) == given
    assert find_network.url_of_network(given) is None
    assert not cache.exists()


def test_a_name_goes_before_a_folder_that_is_called_so(served, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ffhq256").mkdir()
    monkeypatch.setitem(PUBLISHED, "ffhq256", Source("faces", 256, served.url))
    assert resolve_network("ffhq256", lambda line: None) == resolve_network(
        served.url, lambda line: None
    )
    assert resolve_network(pathlib.Path("./ffhq256").absolute()) == str(tmp_path / "ffhq256")


@pytest.mark.parametrize("given", ["file:///etc/passwd", "gs://a/b", "ftp://a/b.pkl", "https:/a/b"])
def test_other_addresses_are_refused(cache, given):
    with refused(f"resume='{given}'"):
        resolve_network(given, argument="resume")
    assert not cache.exists()


def other_tensors(path):
    write_zip(path, {"classifier": {"weight": [1]}})
    return path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [lambda _: b"<html>Sign in</html>", lambda _: b"", lambda _: b"\x80\x02K\x01.", other_tensors],
)
def test_what_is_no_network_is_named_by_its_address_and_not_kept(served, cache, tmp_path, content):
    served.content = content(tmp_path / "other.pt")
    for requests in (1, 2):  # the next one may be right
        with pytest.raises(UserError) as caught:
            resolve_network(served.url, lambda line: None)
        assert re.match(
            rf"{served.url} (cannot be read as a network|holds) .*give a \.pkl", str(caught.value)
        )
        assert len(served.requests) == requests
        assert [path.name for path in cache.iterdir() if path.suffix != ".lock"] == []


def test_half_a_network_that_says_that_it_is_whole(served, cache, checkpoint):
    served.content = checkpoint[: len(checkpoint) // 2]
    with refused(served.url):
        resolve_network(served.url, lambda line: None)
