"""Names of a network's variables: where they are in it. Checkpoints and messages use them."""

import keras


def variables_by_name(network) -> dict:
    """Every variable of a Keras model or layer, by the attributes that lead to it.

    "mapping.fc.0.kernel" is the kernel of the first layer in the list `fc` of `mapping`. Unlike the
    names that Keras numbers ("dense_17"), these do not depend on what was built before. A variable
    that is shared has the first name that leads to it.

    Args:
        network: built.

    Returns:
        name -> `keras.Variable`, in the order of the attributes.
    """
    found, seen = {}, set()

    def visit(layer, prefix):
        for name, part in parts_of(layer):
            if id(part) not in seen:
                seen.add(id(part))
                visit(part, f"{prefix}{name}.")
        for variable in layer.variables:
            if id(variable) not in seen:
                seen.add(id(variable))
                found[unused(f"{prefix}{variable.name}", found)] = variable

    visit(network, "")
    return found


def parts_of(layer):
    """(name, layer) of all layers that a layer holds in public attributes, lists and dictionaries."""
    # A Sequential or functional model shows its layers by a property alone.
    attributes = {**vars(layer), "layers": getattr(layer, "layers", ())}
    for name, value in attributes.items():
        if not name.startswith("_"):
            yield from _layers_in(name, value)


def _layers_in(name, value):
    if isinstance(value, keras.layers.Layer):
        yield name, value
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _layers_in(f"{name}.{i}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _layers_in(f"{name}.{key}", item)


def unused(name: str, taken) -> str:
    """The name, numbered if there is one of it already."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
