"""ada-explore serves a page to this machine alone, until it is interrupted."""

import contextlib
import functools
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import webbrowser

import numpy as np
import pytest

from ada_tf.cli import _page, explore
from ada_tf.cli._page import HOST, PageServer
from ada_tf.images import to_uint8
from ada_tf.inference.generate import generate
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.explorer import web_page
from tests.browser import chromium
from tests.cli.programs import run
from tests.explorer import Explorer, light_runtime
from tests.sentences import refused

call = functools.partial(run, program=explore)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "page"
    path.mkdir()
    (path / "index.html").write_text("<p>hello")
    (path / "net.gz.bin").write_bytes(b"net")
    (tmp_path / "secret").write_text("secret")
    return path


@pytest.fixture
def server(folder):
    with PageServer(folder, "index.html") as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(server, path="/", **headers):
    with contextlib.closing(http.client.HTTPConnection(HOST, server.server_port)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def test_files_are_served_with_what_threads_need(server):
    status, headers, content = ask(server)
    assert (status, content) == (200, b"<p>hello")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert ask(server, "/net.gz.bin")[::2] == (200, b"net")
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "path", ["/../secret", "/%2e%2e/secret", "//secret", "/secret", "/page", "x"]
)
def test_nothing_else_is_served(path, server):
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example:{}", "127.0.0.1.evil.example", "0.0.0.0:{}", ""])
def test_other_names_of_this_machine_are_told_how_to_come_in(host, server):
    status, _, content = ask(server, Host=host.format(server.server_port))
    assert (status, b"hello" in content) == (403, False)
    assert f"ssh -L 8000:127.0.0.1:{server.server_port} ".encode() in content


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000"])
def test_a_tunnel_leads_here(host, server):
    assert ask(server, Host=host)[::2] == (200, b"<p>hello")


def test_heads(server):
    with contextlib.closing(http.client.HTTPConnection(HOST, server.server_port)) as connection:
        for path, status, length in (("/", 200, 8), ("/none", 404, None)):
            connection.request("HEAD", path)
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (status, b"")
            assert length is None or int(answer.headers["Content-Length"]) == length


def test_who_asks_for_nothing_makes_room(folder, monkeypatch):
    """More idle connections than are held at once; the last one is answered, and all are closed."""
    monkeypatch.setattr(_page._Handler, "timeout", 0.2)
    monkeypatch.setattr(_page, "MOST_CONNECTIONS", 3)
    with PageServer(folder, "index.html") as running, contextlib.ExitStack() as stack:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(running.shutdown)
        before = threading.active_count()
        idle = [
            stack.enter_context(socket.create_connection((HOST, running.server_port), 60))
            for _ in range(10)
        ]
        assert ask(running)[::2] == (200, b"<p>hello")
        assert threading.active_count() <= before + 3
        for one in idle:
            assert one.recv(1) == b""  # closed by the server


def test_a_port_that_is_taken(folder):
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with refused(f"port={port}"):
            explore.serve(folder, port, opens=False)


def test_no_browser(folder, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    with refused("open=true"):
        explore.serve(folder, 0, opens=True)
    assert re.fullmatch(
        r"Explore http://127\.0\.0\.1:\d+/ until Ctrl-C\.\n", capsys.readouterr().out
    )


def test_no_runtime(tmp_path, monkeypatch):
    monkeypatch.delenv(web_page.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    with refused("runtime"):
        call("creatures")


def test_explored_in_a_browser(tmp_path):
    runtime = light_runtime(tmp_path / "runtime")
    command = [sys.executable, "-m", "ada_tf.cli.explore", "creatures", "--noopen"]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [*command, f"--runtime={runtime}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        # Tests that run in the background of a shell ignore it, and what they start would, too.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as program:  # fmt: skip
        try:
            url = re.search(r"http://\S+", program.stdout.readline())[0]
            with chromium() as browser:
                explorer = Explorer(browser.page(), url)
                assert explorer.page.run("crossOriginIsolated")
                explorer.set("seed", 7)
                generator, _ = load_generator("creatures")
                (expected,) = to_uint8(generate(generator, seeds=[7]))
                difference = np.abs(explorer.pixels()[..., :3].astype(int) - expected)
                assert difference.max() <= 2
                assert len(explorer.page.requests) > 5
                assert all(a.startswith((url, f"blob:{url}")) for a in explorer.page.requests)
        finally:
            program.send_signal(signal.SIGINT)
            _, errors = program.communicate(timeout=60)
    assert program.returncode == 130, errors
    assert list(temporary.iterdir()) == []
