"""HTTP GET: errors in a few words, and no body is read unasked."""

import contextlib
import functools
import http
import http.client
import string
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

from ada_tf.errors import UserError
from ada_tf.files import cause, is_web_address, printable, quoted
from ada_tf.version import __version__

_SECONDS = 60  # without a byte
_REDIRECTS = 10
_AT_A_TIME = 2**18


class Failed(Exception):
    """Failure of a download; the message is the reason.

    Attributes:
        keep: True if the part of the file that is there may be continued.
    """

    def __init__(self, reason: str, keep: bool = True):
        super().__init__(reason)
        self.keep = keep


def checked(url: str) -> str:
    """Return an address without its fragment, its forbidden characters escaped.

    Raises:
        UserError: it is none of the web.
    """
    if not is_web_address(url):
        raise UserError(
            f"{printable(url)} is no http:// or https:// address; others are not downloaded."
        )
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.hostname and parts.port != 0 and "@" not in parts.netloc
        if usable and not parts.netloc.isascii():  # as servers of names know it
            host = parts.netloc.encode("idna").decode()
            url = parts._replace(netloc=host).geturl()
    except ValueError:
        usable = False
    if not usable:
        raise UserError(
            f"{printable(url)} must be an address such as https://host/name.pkl, without a password."
        )
    return urllib.parse.quote(urllib.parse.urldefrag(url).url, safe=string.punctuation)


def ask(url: str, headers: dict) -> http.client.HTTPResponse | None:
    """Ask a server, following redirects; None if it has nothing in the range of `headers`.

    Raises:
        Failed: there is none, or it is no file.
    """
    headers = {**headers, "User-Agent": f"ada_tf/{__version__}"}
    for _ in range(_REDIRECTS + 1):
        try:
            with _named():
                request = urllib.request.Request(url, headers=headers)
                response = _opener().open(request, timeout=_SECONDS)
        except urllib.error.HTTPError as error:
            error.close()  # unread: it may be endless
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and "Range" in headers:
                return None
            target = error.headers.get("Location") if 300 <= error.code < 400 else None
            if target is None:
                reason = f"the server answers {in_words(error.code)}"
                raise Failed(reason) from error
            url = _redirected(url, target)
            continue
        if response.headers.get_content_type() == "text/html":
            response.close()
            raise Failed("the server answers a web page, no file")
        return response
    raise Failed("the server redirects without end")


def _redirected(url: str, target: str) -> str:
    """Return the address of a redirect, which stays on the web and encrypted."""
    secure = url.lower().startswith("https:")
    with contextlib.suppress(ValueError):  # a UserError is one
        target = urllib.parse.urljoin(url, target)
        if target.lower().startswith("https:" if secure else ("https:", "http:")):
            return checked(target)
    raise Failed(f"the server redirects to {quoted(target)}, which is not followed")


@functools.cache
def _opener() -> urllib.request.OpenerDirector:
    """Make an opener of web addresses alone, through the proxies of the environment."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


@contextlib.contextmanager
def _named() -> Iterator[None]:
    """Turn what a connection raises into `Failed`; what a server answers stays."""
    try:
        yield
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
        reason = getattr(error, "reason", None)  # of a URLError
        raise Failed(cause(reason if isinstance(reason, Exception) else error)) from error


def body(response) -> Iterator[bytes]:
    """Yield the bytes of an answer as they come.

    Raises:
        Failed: the connection broke off, or nothing came for a minute.
    """
    while True:
        with _named():
            data = response.read1(_AT_A_TIME)
        if not data:
            return
        yield data


def in_words(code: int) -> str:
    """A status by its number and name; not the server's words."""
    return f"{code} {http.client.responses.get(code, '')}".strip()
