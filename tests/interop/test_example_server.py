"""The server that docs/export.md shows, as it stands there, asked by ten clients at once."""

import concurrent.futures
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.interop.export.saved_model import export_saved_model
from tests.interop.architectures import build

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "export.md"
CLIENTS, REQUESTS = 10, 4


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    generator, of = build("orig, grey, wide, classes")
    return export_saved_model(generator, tmp_path_factory.mktemp("models") / "faces" / "1", of)


@pytest.fixture(scope="module")
def address(exported, tmp_path_factory):
    """Of the server, which knows nothing of ada_tf."""
    chapter = PAGE.read_text().split("### A server of your own\n")[1]
    code = chapter.split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) < 40
    file = tmp_path_factory.mktemp("server") / "serve.py"
    file.write_text(code)
    command = [sys.executable, "-I", str(file), str(exported), "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        yield server.stdout.readline().partition("?")[0]
        server.terminate()


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        return answer.read()


def test_ten_clients_at_once_get_their_own_pictures(exported, address):
    model = tf.saved_model.load(str(exported))
    asked = [(seed, seed % 5 / 4, seed % 3) for seed in range(CLIENTS * REQUESTS)]
    addresses = [f"{address}?seed={seed}&psi={psi}&label={label}" for seed, psi, label in asked]
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        found = [decoded(content) for content in clients.map(get, addresses)]
    seeds, psis, labels = zip(*asked, strict=True)
    expected = model.signatures["generate"](
        seeds=tf.constant(seeds, tf.int64),
        truncation_psi=tf.constant(psis),
        label=tf.constant(labels),
    )["images"].numpy()
    # Another batch, whose sums may round another way.
    assert np.abs(np.stack(found) - expected.astype(int)).max() <= 1
    assert len({picture.tobytes() for picture in found}) > CLIENTS


def decoded(content: bytes) -> np.ndarray:
    return tf.io.decode_png(content).numpy().astype(int)


@pytest.mark.parametrize(
    "query", ["", "seed=x&label=0", "seed=1", "seed=1&label=3", f"seed={2**64}&label=0"]
)
def test_what_cannot_be_asked_is_answered(address, query):
    with pytest.raises(urllib.error.HTTPError) as error:
        get(f"{address}?{query}")
    error.value.close()
    assert error.value.code == 400
