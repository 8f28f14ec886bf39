"""`ada_tf.train` is the training of a session, and starts from any networks."""

import inspect

import ada_tf
from ada_tf.inference.open_networks import open_trained
from ada_tf.training import session


def test_every_argument_reaches_the_session(monkeypatch):
    signature = inspect.signature(session.train)
    given = {}

    def train(*arguments, **named):
        given.update(signature.bind(*arguments, **named).arguments)
        return "run"

    monkeypatch.setattr(session, "train", train)
    names = {*inspect.signature(ada_tf.train).parameters} - {"notebook"}
    assert ada_tf.train(**{name: name for name in names}) == "run"
    assert given == {**{name: name for name in names}, "open_networks": open_trained}
    assert {*names, "open_networks"} == {*signature.parameters}
