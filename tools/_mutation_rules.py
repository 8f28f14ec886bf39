"""The kinds of mutations: each rule takes (node, function it stands in, Text) and yields changes.

A change is (kind, first byte to replace, the byte behind the last one, what to put there). It need
not be a valid program: those that are none are dropped later.
"""

import ast
import itertools

ARITHMETIC = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "//"), ast.Pow: ("**", "*"), ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"), ast.RShift: (">>", "<<"), ast.LShift: ("<<", ">>"),
}  # fmt: skip
COMPARISON = {
    ast.Lt: ("<", ["<=", ">"]), ast.LtE: ("<=", ["<", ">="]), ast.Gt: (">", [">=", "<"]),
    ast.GtE: (">=", [">", "<="]), ast.Eq: ("==", ["!="]), ast.NotEq: ("!=", ["=="]),
    ast.Is: ("is", ["is not"]), ast.IsNot: ("is not", ["is"]), ast.In: ("in", ["not in"]),
    ast.NotIn: ("not in", ["in"]),
}  # fmt: skip
_PAIRS = [
    ("min", "max"), ("minimum", "maximum"), ("reduce_min", "reduce_max"), ("mean", "sum"),
    ("reduce_mean", "reduce_sum"), ("any", "all"), ("reduce_any", "reduce_all"), ("floor", "ceil"),
    ("sin", "cos"), ("zeros", "ones"), ("zeros_like", "ones_like"), ("sqrt", "square"),
    ("height", "width"), ("real", "fake"), ("low", "high"), ("before", "after"), ("left", "right"),
    ("first", "second"), ("generator", "generator_ema"), ("g_optimizer", "d_optimizer"),
    ("AUGMENT_FAKE", "AUGMENT_REAL"), ("Z", "MIX_Z"), ("beta_1", "beta_2"),
]  # fmt: skip
RENAMED = dict(_PAIRS) | {b: a for a, b in _PAIRS}
# Calls that can be left out: their first argument is a value of the same kind.
DROPPABLE = {
    "abs", "apply", "augment", "cast", "ceil", "clip_by_value", "crop_face", "cumsum", "exp", "flip", "float",
    "floor", "int", "log", "max", "maximum", "min", "minibatch_std", "minimum", "nan_to_num",
    "normalize_second_moment", "relu", "reverse", "round", "sanitize", "shrink", "sigmoid", "sign", "softplus",
    "sort", "sorted", "sqrt", "square", "stop_gradient", "tanh", "to_signed", "transpose", "truncate",
    "upsample2d", "downsample2d",
}  # fmt: skip
NOT_SWAPPED = {
    "getattr",
    "hasattr",
    "isinstance",
    "max",
    "maximum",
    "min",
    "minimum",
    "range",
    "setattr",
    "super",
    "zip",
}
DTYPES = {"bool", "dtype", "float16", "float32", "float64", "int32", "int64", "uint8"}
KEPT_KEYWORDS = {"desc", "disable", "leave", "name", "unit"}  # not part of what is computed
SILENT = {"error", "fail", "info", "log", "log_first_n", "say", "warn", "warning"}
OPERATIONS = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.UnaryOp)


class Text:
    """Where nodes stand in the source, in bytes."""

    def __init__(self, source: str):
        self.data = source.encode()
        sizes = (len(line) for line in self.data.splitlines(keepends=True))
        self._lines = [0, *itertools.accumulate(sizes)]

    def start(self, node) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node) -> int:
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def of(self, node) -> str:
        return self.data[self.start(node) : self.end(node)].decode()

    def value(self, node) -> str:
        """In parentheses if it is an operation."""
        return f"({self.of(node)})" if isinstance(node, OPERATIONS) else self.of(node)

    def instead(self, kind, node, text):
        return kind, self.start(node), self.end(node), text

    def between(self, kind, a, b, old, new):
        """The change of an operator between two nodes."""
        start, end = self.end(a), self.start(b)
        return kind, start, end, self.data[start:end].decode().replace(old, new, 1)


def name_of(function) -> str:
    """The last part of what is called."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def alike(a, b) -> bool:
    """Whether two arguments may stand for each other; what is sure to be an error tells nothing."""
    kinds = {
        "dtype"
        if name_of(x) in DTYPES
        else type(x)
        if isinstance(x, (ast.Constant, ast.List, ast.Lambda))
        else None
        for x in (a, b)
    }
    return len(kinds) == 1


def operation(node, function, text):
    if isinstance(node.op, ast.MatMult):
        yield text.instead(
            "swapped operands", node, f"{text.value(node.right)} @ {text.value(node.left)}"
        )
    elif type(node.op) in ARITHMETIC:
        old, new = ARITHMETIC[type(node.op)]
        yield text.between("arithmetic", node.left, node.right, old, new)


def in_place(node, function, text):
    old, new = ARITHMETIC[type(node.op)]
    yield text.between("arithmetic", node.target, node.value, f"{old}=", f"{new}=")


def comparison(node, function, text):
    for a, op, b in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
        old, news = COMPARISON[type(op)]
        for new in news:
            yield text.between("comparison", a, b, old, new)


def boolean(node, function, text):
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for a, b in itertools.pairwise(node.values):
        yield text.between("boolean", a, b, old, new)


def sign(node, function, text):
    yield text.instead("dropped sign or not", node, text.value(node.operand))


def constant(node, function, text):
    value = node.value
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1] if value > 0 else [value + 1]
    elif isinstance(value, float):
        # What is tiny keeps something finite: only another order of magnitude can matter.
        others = [1.0 if value == 0 else value * (100 if value < 1e-3 else 2)]
    else:
        return
    for other in others:
        yield text.instead("constant", node, repr(other))


def call(node, function, text):
    called = name_of(node.func)
    plain = [a for a in node.args if not isinstance(a, ast.Starred)]
    if called in DROPPABLE and plain:
        yield text.instead(f"dropped {called}", node, text.value(plain[0]))
    if called == "where" and len(plain) == 3:
        first, *branches = map(text.of, plain)
        swapped = ", ".join([first, *reversed(branches)])
        yield "swapped branches", text.start(plain[0]), text.end(plain[2]), swapped
    elif called not in NOT_SWAPPED and len(plain) == len(node.args) >= 2 and alike(*plain[:2]):
        a, b = plain[:2]
        between = text.data[text.end(a) : text.start(b)].decode()
        swapped = text.of(b) + between + text.of(a)
        yield "swapped arguments", text.start(a), text.end(b), swapped
    parts = [*node.args, *node.keywords]
    for i, part in enumerate(parts):
        if isinstance(part, ast.keyword) and part.arg not in KEPT_KEYWORDS:
            # With the comma before it, or behind it.
            start = text.end(parts[i - 1]) if i else text.start(part)
            end = text.start(parts[1]) if i == 0 and len(parts) > 1 else text.end(part)
            yield f"removed {part.arg}=", start, end, ""


def statement(node, function, text):
    if isinstance(node.value, ast.Call) and "super()" not in text.of(node):
        yield text.instead("dropped statement", node, "pass")


def returned(node, function, text):
    names = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
    if node.value is not None and names and text.of(node.value) != names[0]:
        yield text.instead("returned an input", node.value, names[0])


def condition(node, function, text):
    if isinstance(node.test, (ast.Name, ast.Attribute, ast.Call)):
        yield text.instead("reversed condition", node.test, f"not {text.of(node.test)}")


def branches(node, function, text):
    parts = text.value(node.orelse), text.of(node.test), text.value(node.body)
    yield text.instead("swapped branches", node, "{} if {} else {}".format(*parts))


def renamed(node, function, text):
    if isinstance(node.ctx, ast.Load) and name_of(node) in RENAMED:
        old = name_of(node)
        end = text.end(node)
        yield f"{RENAMED[old]} for {old}", end - len(old), end, RENAMED[old]


RULES = {
    ast.BinOp: [operation],
    ast.AugAssign: [in_place],
    ast.Compare: [comparison],
    ast.BoolOp: [boolean],
    ast.UnaryOp: [sign],
    ast.Constant: [constant],
    ast.Call: [call],
    ast.Expr: [statement],
    ast.Return: [returned],
    ast.If: [condition],
    ast.IfExp: [branches],
    ast.Name: [renamed],
    ast.Attribute: [renamed],
}
