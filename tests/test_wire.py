"""The fields of protocol buffers are counted without parsing them; hostile ones are in tests/hostile."""

import pytest
import tensorflow as tf

from ada_tf import wire


def graph():
    made = tf.compat.v1.GraphDef()
    node = made.node.add(name="a", op="Const", input=["b", "c"])
    node.attr["x"].i = -1
    node.attr["y"].f = 1.5
    made.versions.producer = 300
    return made


def test_all_fields_are_counted():
    # node, its name, op, 2 inputs, 2 attributes of a key and a value with one field, versions, producer
    assert wire.check_fields(graph().SerializeToString(), graph().DESCRIPTOR, 100) == 15
    assert wire.check_fields(b"", graph().DESCRIPTOR, 0) == 0


def test_what_is_parsed_is_the_message():
    assert wire.parse(tf.compat.v1.GraphDef(), graph().SerializeToString()) == graph()


def test_more_than_the_limit_is_refused():
    content = graph().SerializeToString()
    wire.parse(tf.compat.v1.GraphDef(), content, max_fields=15)
    with pytest.raises(ValueError, match="more than 14 fields"):
        wire.parse(tf.compat.v1.GraphDef(), content, max_fields=14)


@pytest.mark.parametrize("kept", range(1, 40))
def test_what_is_cut_is_damaged(kept):
    content = graph().SerializeToString()
    with pytest.raises((ValueError, IndexError)):
        wire.check_fields(content[:kept] + b"\x0a", graph().DESCRIPTOR, 100)
