"""Rendezvous of machines: each waits until all others answer, and not for ever.

TensorFlow waits an hour for a machine that never comes, and no public setting changes that. So
machines look for each other before it is asked to connect them.
"""

import contextlib
import socket
import time

from ada_tf.durations import in_words
from ada_tf.errors import UserError

MINUTES = 10.0
_PAUSE, _ANSWER = 0.2, 2.0  # seconds between attempts, and of an attempt


def wait_for_all(addresses: list[str], worker: int, minutes: float = MINUTES) -> None:
    """Return as soon as every other machine has answered once.

    A machine listens at its own address meanwhile. Whoever has seen all goes on, and TensorFlow's
    server listens there from then on: those who come later find an answer in any case.

    Args:
        addresses: "host:port" of all machines.
        worker: number of this one.
        minutes: to wait at most.

    Raises:
        UserError: some have not answered, naming them.
    """
    missing = [address for number, address in enumerate(addresses) if number != worker]
    end = time.monotonic() + 60 * minutes
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # taken; TensorFlow will say so
            stack.enter_context(_listening(addresses[worker], len(addresses)))
        while missing := [address for address in missing if not _answers(address)]:
            if time.monotonic() >= end:
                raise UserError(
                    f"machine {worker} of {len(addresses)}, {addresses[worker]}, has waited"
                    f" {in_words(60 * minutes)} for {', '.join(missing)}; start all machines within"
                    " that time, let them reach each other, or give more --wait_minutes."
                )
            time.sleep(_PAUSE)


def _listening(address: str, backlog: int) -> socket.socket:
    """A socket that answers for this machine; nobody is ever accepted, and the kernel answers all."""
    _, port = _parts(address)
    if socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", port), family=socket.AF_INET6, backlog=backlog, dualstack_ipv6=True
        )
    return socket.create_server(("", port), backlog=backlog)


def _answers(address: str) -> bool:
    try:
        with socket.create_connection(_parts(address), timeout=_ANSWER) as connection:
            # On one host the kernel may pick the very port as ours, and we have called ourselves.
            return connection.getsockname() != connection.getpeername()
    except OSError:  # its name may not be known yet, either
        return False


def _parts(address: str) -> tuple[str, int]:
    """Host and port of "host:port" or "[IPv6]:port"."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
