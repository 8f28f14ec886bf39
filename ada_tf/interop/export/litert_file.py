"""A generator as a LiteRT file (.tflite), which phones, small boards and browsers run.

    interpreter = ai_edge_litert.interpreter.Interpreter("faces/faces.tflite")
    images = interpreter.get_signature_runner("images")(z=z, truncation_psi=psi)["images"]

A folder of one file whose signatures are the functions of `ada_tf.interop.export.functions`, sharing their
weights, in float32 and in operators of LiteRT alone. Delegates and LiteRT.js want to know the batch.
"""

import pathlib
import re
import tempfile

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.interop.export.export_formats import litert_file, optional_package
from ada_tf.interop.export.functions import NAMES, functions_of, module_of
from ada_tf.interop.export.saved_model import save
from ada_tf.models.config import architecture_of


def write(
    generator,
    config,
    path,
    *,
    weights: str = "float32",
    batch: int = 1,
    truncation: str = "class",
    functions=NAMES,
) -> list[pathlib.Path]:
    """Write functions of a generator into a folder.

    Args:
        generator: a LatentGenerator; whatever it was trained in, this is float32.
        config: RunConfig or Architecture, as `load_generator` gives it.
        path: an existing folder, whose name the file takes; what is there is replaced.
        weights: "float32" or "float16", of what is stored.
        batch: the only one that the file takes.
        truncation: see `functions_of`.
        functions: which of `functions.NAMES`.

    Returns:
        The path of the file, in a list.

    Raises:
        UserError: the network needs an operator that LiteRT lacks.
    """
    path = pathlib.Path(path)
    generator = generator.in_float32()
    attributes = architecture_of(config).num_attributes > 0
    known = functions_of(generator, truncation, attributes, batch)
    with tempfile.TemporaryDirectory() as temporary:
        # Of a SavedModel alone the converter takes several signatures.
        traced = {name: known[name].traced() for name in functions}
        save(module_of(generator), temporary, traced)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            temporary, signature_keys=list(functions)
        )
        if weights == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        content = _converted(converter)
    file = litert_file(path)
    file.write_bytes(content)
    return [file]


def _converted(converter) -> bytes:
    """Convert, and say in one sentence which operators LiteRT lacks.

    Raises:
        UserError: the network needs operators that are not LiteRT's own.
    """
    try:
        return converter.convert()
    except Exception as error:  # the class of this error is in no public module of TensorFlow
        if type(error).__name__ != "ConverterError":
            raise
        lacking = sorted(set(re.findall(r"tf\.(\w+)", str(error))))
        raise UserError(
            f"The network cannot leave as LiteRT: it needs {', '.join(lacking) or 'operators'},"
            " which LiteRT lacks; use format='savedmodel'."
        ) from error


class Runner:
    """The file of a folder in the interpreter of LiteRT."""

    def __init__(self, folder, threads: int | None = None):
        """Args: folder, of `write`; threads, of which None is as many as LiteRT likes."""
        interpreter = optional_package("ai_edge_litert.interpreter", "litert")
        path = str(litert_file(pathlib.Path(folder)))
        self._interpreter = interpreter.Interpreter(path, num_threads=threads)
        self._signatures = self._interpreter.get_signature_list()

    def __call__(self, function: str, **inputs) -> np.ndarray:
        """The result of a function for arrays by name."""
        taken = self._signatures[function]["inputs"]  # without w_avg there is nothing to truncate
        run = self._interpreter.get_signature_runner(function)
        (result,) = run(**{name: inputs[name] for name in taken}).values()
        return result


def operators(folder) -> list[str]:
    """Names of the operators that are used; one that is not LiteRT's own is called CUSTOM."""
    schema = optional_package("ai_edge_litert.schema_py_generated", "litert")
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    model = schema.Model.GetRootAs(litert_file(pathlib.Path(folder)).read_bytes())
    codes = (model.OperatorCodes(i) for i in range(model.OperatorCodesLength()))
    return sorted({names[code.BuiltinCode()] for code in codes})
