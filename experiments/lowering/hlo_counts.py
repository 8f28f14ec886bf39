"""Counts of an HLO program as the bridge writes it, before XLA fuses anything."""

import re
from typing import NamedTuple

from experiments.gpu_prediction.hlo_model import Instruction

# Names for values and views of them; no work.
_FREE = ("parameter", "constant", "tuple", "get-tuple-element", "bitcast", "reshape", "broadcast", "iota")  # fmt: skip
_LINE = re.compile(r"\s+(?:ROOT )?%?([\w.\-]+) = (.*?) ([a-z\-]+)\((.*)")


class Counts(NamedTuple):
    """What a program asks for.

    Attributes:
        operators: that compute or move something.
        convolutions: of all number formats.
        half_convolutions: in float16 or bfloat16.
        products: of matrices.
        table_gathers: gathers whose places are constants of the program.
        other_gathers: whose places follow from data, as in a warp.
        scatters: likewise.
        float64: operators in float64.
        megabytes: results of all operators, which fusion makes less.
    """

    operators: int
    convolutions: int
    half_convolutions: int
    products: int
    table_gathers: int
    other_gathers: int
    scatters: int
    float64: int
    megabytes: int


def counts(hlo: str) -> Counts:
    """Count the operators of all computations of a program."""
    found, constants, size = [], set(), 0
    for parts in map(_LINE.match, hlo.splitlines()):
        if not parts:
            continue
        name, made, op, rest = parts.groups()
        read = re.findall(r"%([\w.\-]+)", rest.split("), ")[0])
        # What is made of constants alone is one, such as an index with one dimension more.
        if op == "constant" or (op != "parameter" and constants.issuperset(read)):
            constants.add(name)
        elif op not in _FREE:
            size += Instruction(name, made, [], "").bytes
            found.append((op, made, read))
    gathers = [read[1] in constants for op, _, read in found if op == "gather"]
    convolved = [made for op, made, _ in found if op == "convolution"]
    return Counts(
        operators=len(found),
        convolutions=len(convolved),
        half_convolutions=sum(made.startswith(("f16", "bf16")) for made in convolved),
        products=sum(op == "dot" for op, *_ in found),
        table_gathers=sum(gathers),
        other_gathers=len(gathers) - sum(gathers),
        scatters=sum(op == "scatter" for op, *_ in found),
        float64=sum(made.startswith("f64") for _, made, _ in found),
        megabytes=round(size / 1e6),
    )
