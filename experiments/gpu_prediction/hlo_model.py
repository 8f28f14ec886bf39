"""What an XLA program compiled for an NVIDIA GPU asks of the card: kernels, bytes, arithmetic, a time.

Reads the text of an optimised HLO module, and the PTX and launch dimensions that XLA dumped with
it. The time of a kernel is that of its scarcest resource: arithmetic (convolutions), memory
traffic, or instructions issued, from a count of its PTX. Loops are counted once and branches as if
all were taken, so a kernel's figure can be off by two; sums and comparisons are worth more.
"""

import re
from typing import NamedTuple

DTYPES = {"f16": 2, "bf16": 2, "f32": 4, "f64": 8, "s32": 4, "u32": 4, "s64": 8, "u64": 8, "pred": 1, "u8": 1,
          "s8": 1, "s16": 2, "u16": 2}  # fmt: skip
# What an H100 was seen to sustain: convolutions of 256 channels run at 606 (float16) and 262 (TF32)
# TFLOP/s, a copy at 3.0 TB/s. Smaller layers and strided reads do worse.
CONV_RATE = {"f16": 500e12, "bf16": 500e12, "f32": 230e12}
MEMORY_RATE = 2.6e12
# 132 multiprocessors of 128 lanes at 1.755 GHz, issuing in 60 % of the cycles.
ISSUE_RATE = 0.6 * 132 * 128 * 1.755e9
# Seconds that even an empty kernel takes: at best, and as is usual without CUDA graphs.
LAUNCH, USUAL_LAUNCH = 3e-6, 4.5e-6
# Of CONV_RATE, by the fewest channels on a side: tensor cores multiply tiles of 128 to 256. And with
# stride 2, where neighbours in memory are not neighbours in a tile. Guesses: of the one run that
# predictions were compared with, no convolution was strided.
TILE_EFFICIENCY = ((64, 0.5), (128, 0.75))
STRIDE_EFFICIENCY = 0.6
# Seconds that a call of cuDNN takes at least.
CONV_FLOOR = 12e-6


class Instruction(NamedTuple):
    """One step of the program: what runs, the types it makes and reads, and where it comes from."""

    name: str
    made: str
    read: list[str]
    text: str

    @property
    def bytes(self) -> int:
        """Traffic, if every array is read or written once."""
        return sum(_bytes(t) for t in (self.made, *self.read))

    @property
    def source(self) -> str:
        """The TensorFlow op it was made for."""
        found = re.search(r'op_name="([^"]*)"', self.text)
        return found.group(1) if found else ""


class Cost(NamedTuple):
    """Seconds at best and as a pessimist expects, and by which resource at best."""

    seconds: float
    pessimistic: float
    limit: str  # "convolution", "memory" or "instructions"
    instruction: Instruction


def _arrays(types: str):
    """(dtype, dimensions) of every array of an HLO type."""
    for dtype, dims in re.findall(rf"\b({'|'.join(DTYPES)})\[([\d,]*)\]", types):
        yield dtype, [int(n) for n in dims.split(",") if n]


def _bytes(types: str) -> int:
    return sum(DTYPES[dtype] * _product(dims) for dtype, dims in _arrays(types))


def _product(numbers) -> int:
    result = 1
    for n in numbers:
        result *= n
    return result


def instructions(hlo: str) -> list[Instruction]:
    """The steps of the entry computation that run something on the card."""
    types, steps = {}, []
    for line in hlo[hlo.index("\nENTRY") :].splitlines():
        found = re.match(r"\s+(?:ROOT )?%?([\w.\-]+) = (.*?) ([a-z\-]+)\((.*)", line)
        if not found:
            continue
        name, made, op, rest = found.groups()
        types[name] = made
        if op not in ("parameter", "constant", "tuple", "get-tuple-element", "bitcast"):
            read = [types.get(o, "") for o in re.findall(r"%([\w.\-]+)", rest.split("), ")[0])]
            steps.append(Instruction(name, made, read, line))
    return steps


def convolution(step: Instruction):
    """(FLOP, dtype, what tells it from others that are tuned apart) of a cuDNN call, or None."""
    target = re.search(r'custom_call_target="__cudnn\$(conv\w+)"', step.text)
    if not target:
        return None
    labels = re.search(r"dim_labels=(\w+)_(\w+)->(\w+)", step.text).groups()
    made = next(_arrays(step.made))
    first, second = (next(_arrays(t)) for t in step.read[:2])
    # Roles are those of the forward convolution: (its output, its kernel).
    if target.group(1) == "convBackwardFilter":
        output, kernel = second, made
    elif target.group(1) == "convBackwardInput":
        output, kernel = first, second
    else:
        output, kernel = made, second
    outputs = kernel[1][labels[1].index("o")]
    flop = 2 * _product(output[1]) * _product(kernel[1]) // outputs
    window = re.search(r"window=\{[^}]*\}", step.text)
    key = target.group(1), step.made, tuple(step.read), window and window.group(0)
    return flop, first[0], key


def efficiency(step: Instruction) -> float:
    """Of the rate of wide convolutions of stride 1, what a pessimist expects of this one."""
    arrays = [next(_arrays(t))[1] for t in (step.made, *step.read[:2])]
    fewest = min(dims[-1] for dims in arrays if len(dims) == 4)  # NHWC, and OHWI of kernels
    share = next((e for channels, e in TILE_EFFICIENCY if fewest <= channels), 1.0)
    return share * (STRIDE_EFFICIENCY if "stride=2x2" in step.text else 1.0)


def ptx_lengths(ptx: str) -> dict[str, int]:
    """Instructions of every kernel."""
    lengths = {}
    for part in re.split(r"\.visible \.entry ", ptx)[1:]:
        body = part[part.index("{") :].splitlines()
        lines = (line.strip() for line in body)
        lengths[part.split("(")[0].strip()] = sum(
            line.endswith(";") and not line.startswith(".") for line in lines
        )
    return lengths


def launches(thunks: str) -> list[tuple[str, int] | None]:
    """(kernel, threads) of every step, in the order of the program; None calls a library or copies.

    Steps that do the same with other arrays share a kernel, which has the name of one of them.
    """
    pattern = r"kernel = (\S+), launch dimensions = blocks: \{([^}]*)\}, threads/block: \{([^}]*)\}"
    found = (re.search(pattern, line) for line in thunks.splitlines())
    return [
        f and (f.group(1), _product(int(n) for n in f"{f.group(2)}, {f.group(3)}".split(",")))
        for f in found
    ]


def costs(hlo: str, ptx: str, thunks: str) -> list[Cost]:
    """Predicted seconds of every step."""
    lengths, found = ptx_lengths(ptx), []
    for step, launch in zip(instructions(hlo), launches(thunks), strict=True):
        limits = {"memory": max(step.bytes / MEMORY_RATE, LAUNCH)}
        pessimistic = max(step.bytes / MEMORY_RATE, USUAL_LAUNCH)
        if conv := convolution(step):
            limits["convolution"] = conv[0] / CONV_RATE[conv[1]]
            slower = limits["convolution"] / efficiency(step)
            pessimistic = max(pessimistic, slower, CONV_FLOOR)
        if launch:
            kernel, threads = launch
            limits["instructions"] = lengths.get(kernel, 0) * threads / ISSUE_RATE
        limit = max(limits, key=limits.get)
        found.append(Cost(limits[limit], max(limits[limit], pessimistic), limit, step))
    return found
