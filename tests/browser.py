"""Chromium without a window, driven through its DevTools protocol over two pipes: no port, no driver to install."""

import base64
import contextlib
import itertools
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading

SECONDS = 60  # that an answer may take
# Without what a browser does for itself in the background, which are requests too.
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--mute-audio",
    "--no-default-browser-check",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)

# Chromium reads commands from its file 3 and writes to 4, whatever numbers those have here.
_LAUNCHER = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(read, 3), os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def executable() -> str:
    """Where Chromium is; `.ci/run` installs Debian's."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "these tests need Chromium: apt-get install -y --no-install-recommends chromium"
    return found


class Page:
    """A page of a browser.

    Attributes:
        requests: addresses that it, or a worker of its, has asked for.
        complaints: what the console and uncaught exceptions say, refusals of its policy among them.
    """

    def __init__(self, browser, session):
        self._browser, self._session = browser, session
        self.requests, self.complaints = [], []

    def call(self, method, **parameters):
        """A command of the protocol and its result."""
        return self._browser.call(method, self._session, **parameters)

    def open(self, url):
        """Go to an address, and wait until its scripts have run."""
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        self.until("document.readyState === 'complete'")

    def run(self, script):
        """The value of a JavaScript expression; a promise is awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition):
        """Wait until an expression holds."""
        self.run(
            f"""new Promise((resolve, reject) => {{
                const end = Date.now() + {SECONDS * 900};
                const look = () => ({condition}) ? resolve() : Date.now() > end
                    ? reject(new Error({json.dumps(condition)})) : setTimeout(look, 20);
                look(); }})"""
        )

    def screenshot(self, path):
        """A PNG of what is seen."""
        image = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(image))

    def downloads(self, folder):
        """Keep what the page saves in a folder, without asking."""
        self._browser.call(
            "Browser.setDownloadBehavior",
            behavior="allow",
            downloadPath=str(folder),
            eventsEnabled=True,
        )

    def names(self, *roles) -> list[str]:
        """What a screen reader calls the elements of some roles."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [
            n["name"]["value"] for n in nodes if not n["ignored"] and n["role"]["value"] in roles
        ]

    def press(self, key):
        """A key, such as "ArrowRight"."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def drag(self, start, end):
        """The mouse from a point to another, pressed."""
        kinds = (
            ("mouseMoved", start),
            ("mousePressed", start),
            ("mouseMoved", end),
            ("mouseReleased", end),
        )
        for kind, (x, y) in kinds:
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                buttons=1,
                clickCount=1,
            )

    def size(self, width, height, dark=False, touch=False):
        """Give the page a size, colours and a kind of pointer."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=touch,
        )  # fmt: skip
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])


class Browser:
    """A running Chromium."""

    def __init__(self, process, commands, answers):
        self._process, self._commands, self._numbers = process, commands, itertools.count(1)
        self._waiting, self._pages = {}, {}
        threading.Thread(target=self._read, args=(answers,), daemon=True).start()

    def call(self, method, session=None, **parameters):
        """A command of the protocol and its result."""
        number, box = next(self._numbers), queue.Queue()
        self._waiting[number] = box
        self._send(number, method, session, parameters)
        answer = box.get(timeout=SECONDS)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def page(self) -> Page:
        """An empty page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        # Workers are targets of their own: what they ask for is looked at, too.
        page.call(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True
        )
        for domain in ("Network", "Runtime", "Page", "Log"):
            page.call(f"{domain}.enable")
        return page

    def _send(self, number, method, session, parameters):
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()

    def _read(self, answers):
        rest = b""
        while part := os.read(answers.fileno(), 2**20):
            *messages, rest = (rest + part).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    if box := self._waiting.pop(message["id"], None):
                        box.put(message)
                elif page := self._pages.get(message.get("sessionId")):
                    self._event(page, message["method"], message["params"])

    def _event(self, page, method, parameters):
        if method == "Target.attachedToTarget":  # a worker of a page
            session = parameters["sessionId"]
            self._pages[session] = page
            for domain in ("Network", "Runtime", "Log"):
                self._send(next(self._numbers), f"{domain}.enable", session, {})
        if method == "Network.requestWillBeSent":
            page.requests.append(parameters["request"]["url"])
        if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            page.complaints.append(
                " ".join(str(a.get("value", a.get("description"))) for a in parameters["args"])
            )
        if method == "Runtime.exceptionThrown":
            page.complaints.append(str(parameters["exceptionDetails"]))
        if method == "Log.entryAdded":
            page.complaints.append(parameters["entry"]["text"])


@contextlib.contextmanager
def chromium(*options):
    """A `Browser` that runs as long as the context lasts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        (read, send), (answers, write) = os.pipe(), os.pipe()
        command = [executable(), *QUIET, f"--user-data-dir={profile}", *options, "about:blank"]
        process = subprocess.Popen(
            [sys.executable, "-ISc", _LAUNCHER, str(read), str(write), *command],
            pass_fds=(read, write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(read), os.close(write)
        with open(send, "wb") as commands, open(answers, "rb") as replies:
            browser = Browser(process, commands, replies)
            try:
                yield browser
            finally:
                with contextlib.suppress(OSError, AssertionError, queue.Empty):
                    browser.call("Browser.close")
                process.wait(SECONDS)
