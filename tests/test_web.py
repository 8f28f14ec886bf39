"""Servers that misbehave: one sentence each, and nothing that stays."""

import pytest

from ada_tf import downloads, web
from ada_tf.downloads import download
from ada_tf.errors import UserError
from tests.served import serving

CONTENT = bytes(10**6)
LIMIT = 2 * len(CONTENT)


@pytest.fixture
def served(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with serving(CONTENT) as server:
        yield server


FAILURES = {
    "404": ({"status": 404}, "the server answers 404 Not Found"),
    "404 that leads somewhere": ({"status": 404, "location": "other"}, "the server answers 404"),
    "no part, where all is asked for": ({"status": 416}, "the server answers 416"),
    "nothing": ({"stop": 0}, f"the connection ended after 0 of {len(CONTENT)} bytes"),
    "a code of its own": ({"status": 599}, "the server answers 599"),
    "no content": ({"status": 204}, "the server answers 204 No Content"),
    "a redirect to nowhere": ({"status": 304}, "the server answers 304 Not Modified"),
    "a web page": ({"kind": "text/html; charset=utf-8"}, "the server answers a web page, no file"),
    "no length": ({"length": ""}, "the server does not say how long the file is"),
    "a length that is none": ({"length": "-5"}, "the server does not say how long the file is"),
    "too long": ({"length": 10**15}, f"it is larger than {LIMIT} bytes"),
    "endless": ({"chunked": True, "endless": True}, f"it is larger than {LIMIT} bytes"),
    "a file of this machine": (
        {"status": 302, "location": "file:///etc/passwd"},
        "the server redirects to 'file:///etc/passwd', which is not followed",
    ),
    "a redirect with a password": (
        {"status": 302, "location": "http://user:word@127.0.0.1/"},
        "the server redirects to 'http://user:word@127.0.0.1/', which is not followed",
    ),
    "not HTTP": ({"raw": b"\x1b[2J\r\n"}, "(\\x1b[2J)"),
    "headers without end": ({"raw": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000}, "100 headers"),
    "no answer": ({"raw": b""}, "Remote end closed connection without response"),
    "another protocol": ({"status": 301, "location": "ftp://a.org/x"}, "redirects to 'ftp://a.org"),
    "a redirect of odd brackets": ({"status": 307, "location": "http://[x/"}, "redirects to 'http"),
    "a redirect to itself": ({"status": 308, "location": "net.pkl"}, "redirects without end"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_are_one_sentence_and_leave_nothing(served, tmp_path, name):
    change, reason = FAILURES[name]
    for attribute, value in change.items():
        setattr(served, attribute, value)
    with pytest.raises(UserError) as caught:
        download(served.url, tmp_path, max_bytes=LIMIT, log=lambda line: None)
    sentence = str(caught.value)
    assert sentence.startswith(f"{served.url} cannot be downloaded (")
    assert reason in sentence
    assert sentence.endswith(f"); {downloads.BY_HAND}.")
    assert sentence.isprintable()
    assert len(served.requests) <= 11
    assert [p for p in tmp_path.iterdir() if p.suffix != ".lock"] == []


def test_an_encrypted_connection_is_not_left():
    """By redirects; no certificate is good on the loopback."""
    assert web._redirected("https://a.org/x", "/y") == "https://a.org/y"
    assert web._redirected("http://a.org/x", "https://b.org/y") == "https://b.org/y"
    with pytest.raises(web.Failed, match=r"redirects to 'http://a\.org/y', which is not followed"):
        web._redirected("https://a.org/x", "http://a.org/y")
