"""Processes that know only where the first one waits tell each other where they listen.

The first one, the chief, takes a connection of each other one, a line of JSON each: who is there,
and on which port TensorFlow will listen. When all are there it sends everyone the list. Nothing
more goes over these connections, and none stays open.
"""

import contextlib
import json
import select
import socket
import time

from ada_tf.errors import UserError
from ada_tf.training.launchers import Place

# Schedulers start the processes of a job minutes apart if an image has to be fetched first.
PATIENCE = 900.0
# A greeting is shorter than this, a list of 1,000 machines as well.
LONGEST = 65536
# What connects and then says nothing is no process of ours.
GREETING_SECONDS = 5.0
# For so long those that come late are told why there will be no run; they ask twice a second.
REFUSAL_SECONDS = 3.0


def meet(place: Place, patience: float = PATIENCE, say=print) -> list[str]:
    """Wait for all processes.

    Args:
        place: of this process.
        patience: for so many seconds.
        say: is told once whom the chief waits for, if that takes longer than 10 seconds.

    Returns:
        "address:port" of each process by its rank, for TensorFlow to listen at; the port of this
        one is free.

    Raises:
        UserError: not all have come, or one of them does not belong to the others.
    """
    deadline = time.monotonic() + patience
    if place.rank == 0:
        return _receive_all(place, deadline, say)
    # Until TensorFlow wants it, nobody else gets this port. The chief gives up first, with reasons.
    with socket.socket() as kept:
        kept.bind(("", 0))
        return _visit(place, kept.getsockname()[1], deadline + GREETING_SECONDS)


def free_port() -> int:
    """A port that nobody uses now. Between this and its use another program could take it."""
    with socket.socket() as s:
        s.bind(("", 0))
        return s.getsockname()[1]


def _receive_all(place: Place, deadline: float, say) -> list[str]:
    """What the chief does."""
    guests: dict[int, tuple[socket.socket, int]] = {}  # rank -> (connection, port)
    remind, reason = time.monotonic() + 10, ""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listener(place))
        while True:
            guests = {rank: guest for rank, guest in guests.items() if not _is_gone(guest[0])}
            missing = sorted({*range(1, place.size)} - {*guests})
            now = time.monotonic()
            if now > deadline and missing:
                reason = (
                    f"rank {_in_words(missing)} of {place.size} did not come to port {place.port}"
                    f" of {place.host}; start all of them, and let them reach it."
                )
            if reason or not missing:
                break
            if now > remind:
                remind = deadline
                say(f"Waiting on port {place.port} for rank {_in_words(missing)} of {place.size}")
            if not select.select([listener], [], [], 0.2)[0]:
                continue
            connection = stack.enter_context(listener.accept()[0])
            guest = _greeting(connection, place)
            if guest is None:
                continue
            reason = _reason_against(guest, guests, place)
            if reason:
                _send(connection, {"refused": reason})
            else:
                guests[guest["rank"]] = (connection, guest["port"])
        answer = {"refused": reason} if reason else {"addresses": _addresses(place, guests)}
        for connection, _ in guests.values():
            _send(connection, answer)
        if reason:
            _refuse_late(listener, place, reason)
            raise UserError(reason)
    return answer["addresses"]


def _visit(place: Place, port: int, deadline: float) -> list[str]:
    """What all others do."""
    cause = "no answer"
    while time.monotonic() < deadline:
        answer = {}
        try:
            chief = socket.getaddrinfo(place.host, place.port, socket.AF_INET, socket.SOCK_STREAM)
            with socket.create_connection(chief[0][4], GREETING_SECONDS) as connection:
                _send(connection, _card(place) | {"port": port})
                answer = _receive(connection, deadline)
        except OSError as error:  # not there yet: its name, its machine, or its program
            cause = str(error)
        if "refused" in answer:
            raise UserError(str(answer["refused"]))
        if _is_list(answer.get("addresses"), place.size):
            return answer["addresses"]
        time.sleep(0.5)
    raise UserError(
        f"rank {place.rank} could not reach the first process at {place.host}, port {place.port}"
        f" ({cause}); is it running there, and does the network let this through?"
    )


def _listener(place: Place) -> socket.socket:
    try:
        return socket.create_server(("", place.port), backlog=min(place.size, 1024))
    except OSError as error:
        raise UserError(
            f"the first process cannot wait for the others on port {place.port} ({error.strerror});"
            " set MASTER_PORT, for all of them, to one that is free."
        ) from error


def _card(place: Place) -> dict:
    """What a process says of itself."""
    return {"program": "ada_tf", "job": place.job, "rank": place.rank, "size": place.size}


def _greeting(connection, place: Place) -> dict | None:
    """What somebody says, or None if it is nobody of this job."""
    try:
        said = _receive(connection, time.monotonic() + GREETING_SECONDS)
    except OSError:
        return None
    numbers = all(type(said.get(name)) is int for name in ("rank", "size", "port"))
    ours = said.get("program") == "ada_tf" and said.get("job") == place.job
    if not (ours and numbers and 0 < said["port"] < 65536 and 0 < said["rank"] < said["size"]):
        connection.close()
        return None
    return said


def _reason_against(guest: dict, guests, place: Place) -> str:
    """Why a process cannot be one of the others, empty if it can."""
    rank = guest["rank"]
    if guest["size"] != place.size:
        problem = f"rank {rank} counts {guest['size']} processes, the first one {place.size}"
    elif rank in guests:
        problem = f"two processes are rank {rank} of {place.size}"
    else:
        return ""
    return f"{problem}; start all of them with one command, each with a rank of its own."


def _refuse_late(listener, place: Place, reason: str) -> None:
    """Tell those who come within a moment, too, so that they do not wait in vain."""
    end = time.monotonic() + REFUSAL_SECONDS
    while time.monotonic() < end:
        if select.select([listener], [], [], 0.2)[0]:
            with listener.accept()[0] as connection:
                if _greeting(connection, place):
                    _send(connection, {"refused": reason})


def _addresses(place: Place, guests) -> list[str]:
    """Where each listens, as the connections show it.

    A process on the machine of the chief may have come by way of the loopback, where nobody else
    can reach it; so has the chief itself a name that others know, if one of them came from outside.
    """
    inside = [c.getsockname()[0] for c, _ in guests.values()]
    known = next((a for a in inside if not a.startswith("127.")), "127.0.0.1")
    addresses = [f"{known}:{free_port()}"]
    for rank in range(1, place.size):
        connection, port = guests[rank]
        address = connection.getpeername()[0]
        addresses.append(f"{known if address.startswith('127.') else address}:{port}")
    return addresses


def _is_gone(connection) -> bool:
    """Whether the other end has closed a connection: it ended, and was started again."""
    if not select.select([connection], [], [], 0)[0]:
        return False
    with contextlib.suppress(OSError):
        return connection.recv(1, socket.MSG_PEEK) == b""
    return True


def _is_list(addresses, size: int) -> bool:
    """Whether these are the addresses of so many processes."""
    return (
        isinstance(addresses, list)
        and len(addresses) == size
        and all(isinstance(a, str) for a in addresses)
    )


def _send(connection, what: dict) -> None:
    with contextlib.suppress(OSError):  # who is gone will be missed by TensorFlow, with a sentence
        connection.sendall(json.dumps(what).encode() + b"\n")


def _receive(connection, deadline: float) -> dict:
    """One line of JSON; {} if it is none."""
    text = b""
    while not text.endswith(b"\n") and len(text) < LONGEST:
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        more = connection.recv(4096)
        if not more:
            break
        text += more
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _in_words(numbers: list[int]) -> str:
    """Some numbers, and how many more."""
    shown = ", ".join(map(str, numbers[:8]))
    return shown if len(numbers) <= 8 else f"{shown} and {len(numbers) - 8} more"
