"""What TensorFlow Serving's REST interface makes of a request to predict, as its documentation says."""

import base64
import json

import numpy as np
import tensorflow as tf


def predict(signatures, body: str) -> str:
    """The answer to POST /v1/models/NAME:predict, JSON to JSON.

    Rows: "instances" is a list with an object, or the value of the only input, for each; all inputs have
    these rows. Columns: "inputs" is an object of whole tensors, or the value of the only one. Texts in
    outputs whose name ends in _bytes are {"b64": ...}.
    """
    request = json.loads(body)
    signature = signatures[request.get("signature_name", "serving_default")]
    specs = signature.structured_input_signature[1]
    given, rows = request.get("inputs"), request.get("instances")
    assert (given is None) != (rows is None)
    if rows is not None:
        for spec in specs.values():  # what makes the row format possible at all, and batching
            assert spec.shape.rank >= 1
            assert spec.shape[0] is None
        rows = [row if isinstance(row, dict) else {next(iter(specs)): row} for row in rows]
        assert all(row.keys() == specs.keys() for row in rows)
        given = {name: [row[name] for row in rows] for name in specs}
    elif not isinstance(given, dict):
        given = {next(iter(specs)): given}
    assert given.keys() == specs.keys()
    return json.dumps(_answer(run(signature, given), rows is not None))


def run(signature, given: dict) -> dict:
    """Name -> array of the outputs for nested lists by name."""
    specs = signature.structured_input_signature[1]
    tensors = {name: tf.constant(given[name], spec.dtype) for name, spec in specs.items()}
    return {name: output.numpy() for name, output in signature(**tensors).items()}


def _answer(outputs: dict, in_rows: bool) -> dict:
    values = {name: _json(array, name) for name, array in outputs.items()}
    if not in_rows:
        return {"outputs": values if len(values) > 1 else next(iter(values.values()))}
    if len(values) == 1:
        return {"predictions": next(iter(values.values()))}
    count = len(next(iter(values.values())))
    return {"predictions": [{name: v[i] for name, v in values.items()} for i in range(count)]}


def _json(array: np.ndarray, name: str):
    if array.dtype.kind != "O":
        return array.tolist()
    assert name.endswith("_bytes")  # what else would have to be a text in UTF-8
    return [{"b64": base64.b64encode(text).decode()} for text in array]
