"""An order and names of an ONNX graph that follow from what it computes alone.

The converter goes on counting from what it has converted before, and goes through sets, whose order
differs between processes; but the same call is to write the same bytes.
"""

from collections.abc import Collection


def settle(graph, kept: Collection[str]) -> None:
    """Order and name the inside of an onnx.GraphProto; what nothing reads is left out.

    Args:
        graph: changed in place; what it computes stays.
        kept: names of its inputs and outputs, which stay.
    """
    _settle(graph, {name: name for name in ("", *kept)})


def branches(node) -> list:
    """Graphs inside of a node; they read what is around them, too."""
    return [attribute.g for attribute in node.attribute if attribute.HasField("g")]


def _settle(graph, names: dict[str, str]) -> None:
    """`names`, of values, old -> new, grows by those that are met; graphs share no name."""

    def named(old: str) -> str:
        return names.setdefault(old, f"t{len(names)}")

    nodes = _ordered(graph)
    for number, node in enumerate(nodes):
        node.name, node.doc_string = f"node{number}", ""
        node.input[:] = map(named, node.input)
        for branch in branches(node):
            _settle(branch, names)
            branch.name = "branch"
        node.output[:] = map(named, node.output)
    for value in (*graph.input, *graph.output):
        value.name = named(value.name)
        for size in value.type.tensor_type.shape.dim:
            if size.dim_param:
                size.dim_param = "N"  # all that is left open is the batch
    order = {old: place for place, old in enumerate(names)}
    weights = sorted((w for w in graph.initializer if w.name in order), key=lambda w: order[w.name])
    for weight in weights:
        weight.name = names[weight.name]
    _replace(graph.node, nodes)
    _replace(graph.initializer, weights)
    del graph.value_info[:]
    graph.doc_string = ""


def _ordered(graph) -> list:
    """Nodes, each after those whose results it reads, along what the outputs read first."""
    makers = {name: node for node in graph.node for name in node.output}
    order, placed = [], set()
    waiting = [value.name for value in reversed(graph.output)]
    while waiting:
        name = waiting[-1]
        if name in placed or name not in makers:
            waiting.pop()
            continue
        before = [n for n in _read(makers[name]) if n in makers and n not in placed]
        waiting += reversed(before)
        if not before:
            order.append(makers[name])
            placed.update(makers[name].output)
    return order


def _read(node) -> list[str]:
    """Names of what a node and its branches read, and some that only exist inside of these."""
    inside = [
        name
        for branch in branches(node)
        for name in (
            *(name for inner in _ordered(branch) for name in _read(inner)),
            *(value.name for value in branch.output),
        )
    ]
    return [*node.input, *inside]


def _replace(field, messages) -> None:
    """The content of a repeated field by some of its messages, in another order."""
    messages = list(messages)
    del field[:]
    field.extend(messages)
