import numpy as np
import onnx
import onnxruntime
from onnx import helper

from ada_tf.interop.export.onnx_file import settle


def graph(order, prefix):
    """Of exp(twice (x + bias)) where `go`, x * bias elsewhere; in an order, with names of a prefix."""
    p = prefix.__add__
    value, kind = helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    names = ("bias", "twice", "unused")
    weights = [onnx.numpy_helper.from_array(np.float32([2 + i]), p(n)) for i, n in enumerate(names)]

    def branch(name, *nodes):
        return helper.make_graph(nodes, p(name), [], [value(p(name), kind, [p("rows")])])

    nodes = [
        helper.make_node("Add", ["x", p("bias")], [p("sum")], p("add")),
        helper.make_node("Mul", [p("sum"), p("twice")], [p("product")], p("mul")),
        helper.make_node(
            "If",
            ["go"],
            ["y"],
            p("if"),
            then_branch=branch("a", helper.make_node("Exp", [p("product")], [p("a")])),
            else_branch=branch("b", helper.make_node("Mul", ["x", p("bias")], [p("b")])),
        ),
        helper.make_node("Neg", ["x"], [p("nobody")], p("neg")),
    ]
    inputs = [value("x", kind, [p("rows")]), value("go", onnx.TensorProto.BOOL, [])]
    made = helper.make_graph(
        [nodes[i] for i in order], "y", inputs, [value("y", kind, [p("rows")])],
        [weights[i] for i in order if i < len(weights)],
    )  # fmt: skip
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    x = np.float32([0.5, -1.0])
    return [session.run(None, {"x": x, "go": np.array(go)})[0] for go in (True, False)]


def test_what_computes_the_same_becomes_the_same():
    """Whatever its nodes were called, in whatever order they stood."""
    one, other = graph((0, 1, 2, 3), "a/"), graph((3, 2, 1, 0), "other_7/")
    expected = run(one)
    for model in (one, other):
        settle(model.graph, ["x", "go", "y"])
        onnx.checker.check_model(model)
    assert one.SerializeToString() == other.SerializeToString()
    np.testing.assert_array_equal(run(one), expected)
    assert [node.op_type for node in one.graph.node] == ["Add", "Mul", "If"]
    assert len(one.graph.initializer) == 2  # nobody reads the third


def test_what_computes_something_else_stays_something_else():
    one, other = graph((0, 1, 2, 3), ""), graph((0, 1, 2, 3), "")
    other.graph.node[0].input[:] = reversed(other.graph.node[0].input)
    for model in (one, other):
        settle(model.graph, ["x", "go", "y"])
    assert one.SerializeToString() != other.SerializeToString()
