"""Vision transformers (arXiv 2010.11929) of the user's files: CLIP ViT-B/32 and DINOv2.

An image becomes patches, and patches become tokens beside a class token. The features are the class
token after the last block.

CLIP (arXiv 2103.00020): the image half of OpenAI's ViT-B-32.pt, or a state dictionary of the same weights
by open_clip; other weights of open_clip have another activation. `fid…_clip` is the FID that arXiv
2203.06026 proposes. CMMD (arXiv 2401.09603) has another kernel and a larger CLIP.

DINOv2 (arXiv 2304.07193) was trained without labels, hence without their bias. With the ViT-L/14,
`fid…_dinov2_l` is the FD-DINOv2 that arXiv 2306.04675 recommends, and `kid…_dinov2_l` its kernel distance.
Images are resized in float here, as bytes there.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from ada_tf.interop.published.torch_file import read_tensors
from ada_tf.metrics.features import resizing
from ada_tf.metrics.features.vgg16 import DEVIATION, MEAN
from ada_tf.metrics.features.weight_files import assign, checked_weights, variables_and_shapes


@dataclasses.dataclass(frozen=True)
class Shape:
    """Sizes and variants of a vision transformer.

    Attributes:
        side, patch: side of the image and of a patch, in pixels.
        width, depth, heads: channels of a token, number of blocks, heads of the attention.
        mean, deviation: of pixels in [0, 1].
        epsilon: of the normalisations.
        quick: x sigmoid(1.702 x) instead of the exact GELU.
        scaled: scale the output of each half of a block, channel by channel (DINOv2).
        early: normalise tokens before the first block; patches have no bias (CLIP).
        projected: channels of a last linear map; 0 without it.
    """

    side: int
    patch: int
    width: int
    depth: int
    heads: int
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    epsilon: float
    quick: bool = False
    scaled: bool = False
    early: bool = False
    projected: int = 0


def build_vit(shape: Shape) -> keras.Model:
    """Build the network with random weights.

    Returns:
        Model: uint8 or float [N, H, W, 3] of 0 to 255 -> {"features": float32 [N, width or
        projected]}.
    """
    dense, norm = keras.layers.Dense, keras.layers.LayerNormalization
    image = keras.Input([None, None, 3])
    x = _Prepare(shape, name="prepare")(image)
    x = keras.layers.Conv2D(
        shape.width, shape.patch, shape.patch, use_bias=not shape.early, name="patch"
    )(x)
    x = _Tokens((shape.side // shape.patch) ** 2, shape.width, name="tokens")(x)
    if shape.early:
        x = norm(epsilon=shape.epsilon, name="early")(x)
    for i in range(shape.depth):
        y = norm(epsilon=shape.epsilon, name=f"{i}-norm1")(x)
        y = dense(3 * shape.width, name=f"{i}-qkv")(y)
        y = dense(shape.width, name=f"{i}-out")(_Attend(shape.heads, name=f"{i}-attend")(y))
        x = x + (_Scale(name=f"{i}-scale1")(y) if shape.scaled else y)
        y = norm(epsilon=shape.epsilon, name=f"{i}-norm2")(x)
        y = dense(4 * shape.width, _quick if shape.quick else _gelu, name=f"{i}-wide")(y)
        y = dense(shape.width, name=f"{i}-narrow")(y)
        x = x + (_Scale(name=f"{i}-scale2")(y) if shape.scaled else y)
    x = norm(epsilon=shape.epsilon, name="late")(x[:, 0])
    if shape.projected:
        x = dense(shape.projected, use_bias=False, name="project")(x)
    return keras.Model(image, {"features": x})


class _Prepare(keras.layers.Layer):
    """Resize to side x side (bicubic, antialiased), and normalise."""

    def __init__(self, shape: Shape, **options):
        super().__init__(**options)
        self._shape = shape

    def call(self, x):
        x = resizing.clean_bicubic(tf.cast(x, tf.float32), self._shape.side) / 255
        return (x - tf.constant(self._shape.mean)) / tf.constant(self._shape.deviation)


class _Tokens(keras.layers.Layer):
    """Put the class token in front and add positions: [N, h, w, C] -> [N, 1 + h w, C]."""

    def __init__(self, places: int, width: int, **options):
        super().__init__(**options)
        self.first = self.add_weight(shape=(width,), name="first")
        self.position = self.add_weight(shape=(1 + places, width), name="position")

    def call(self, x):
        x = tf.reshape(x, [tf.shape(x)[0], -1, x.shape[-1]])
        first = tf.convert_to_tensor(self.first)
        first = tf.broadcast_to(first, [tf.shape(x)[0], 1, x.shape[-1]])
        return tf.concat([first, x], axis=1) + tf.convert_to_tensor(self.position)


class _Attend(keras.layers.Layer):
    """Attend: [N, T, 3 C], queries, keys and values of all heads -> [N, T, C]."""

    def __init__(self, heads: int, **options):
        super().__init__(**options)
        self._heads = heads

    def call(self, x):
        count, width = tf.shape(x)[1], x.shape[-1] // 3
        x = tf.reshape(x, [-1, count, 3, self._heads, width // self._heads])  # [N, T, 3, H, C/H]
        q, k, v = tf.unstack(tf.transpose(x, [2, 0, 3, 1, 4]))  # each [N, H, T, C/H]
        weights = tf.matmul(q, k, transpose_b=True) * (width // self._heads) ** -0.5
        x = tf.matmul(tf.nn.softmax(weights), v)  # [N, H, T, C/H]
        return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [-1, count, width])

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] // 3)


class _Scale(keras.layers.Layer):
    """Scale each channel by a weight."""

    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), name="gamma")

    def call(self, x):
        return x * self.gamma


def _gelu(x):
    return tf.nn.gelu(x, approximate=False)


def _quick(x):
    return x * tf.sigmoid(1.702 * x)


def interpolated(position: np.ndarray, side: int, offset: float) -> np.ndarray:
    """Resize the position embedding of an n x n grid to another grid, as DINOv2 does: bicubic.

    Args:
        position: float [1 + n^2, C]; the first belongs to the class token.
        side: of the other grid.
        offset: added to `side` where the scale is computed, as the published code has it.

    Returns:
        float [1 + side^2, C].
    """
    count = round((len(position) - 1) ** 0.5)
    if count == side:
        return position
    at = (np.arange(side) + 0.5) * (count / (side + offset)) - 0.5
    weights = np.zeros([side, count])
    for tap in range(-1, 3):  # Keys' kernel with a = -3/4; beyond the edge stands the edge
        places = np.floor(at).astype(int) + tap
        d = np.abs(at - places)
        near = ((1.25 * d - 2.25) * d) * d + 1
        far = ((-0.75 * d + 3.75) * d - 6) * d + 3
        np.add.at(
            weights, (np.arange(side), places.clip(0, count - 1)), np.where(d <= 1, near, far)
        )
    grid = position[1:].reshape(count, count, -1)
    grid = np.einsum("ij,kl,jlc->ikc", weights, weights, grid).reshape(side**2, -1)
    return np.concatenate([position[:1], grid]).astype(np.float32)


_CLIP_MEAN, _CLIP_DEVIATION = (
    (0.48145466, 0.4578275, 0.40821073),
    (0.26862954, 0.26130258, 0.27577711),
)
# Our names -> those of the file, below "visual.".
_CLIP_WHOLE = {
    "tokens/first": "class_embedding", "tokens/position": "positional_embedding",
    "patch/kernel": "conv1.weight", "early/gamma": "ln_pre.weight", "early/beta": "ln_pre.bias",
    "late/gamma": "ln_post.weight", "late/beta": "ln_post.bias", "project/kernel": "proj",
}  # fmt: skip
_CLIP_FIRST = "visual.class_embedding"
_CLIP_BLOCK = {
    "norm1": "ln_1.", "qkv": "attn.in_proj_", "out": "attn.out_proj.", "norm2": "ln_2.",
    "wide": "mlp.c_fc.", "narrow": "mlp.c_proj.",
}  # fmt: skip


_CLIP_SIZES = {"side": 224, "patch": 32, "width": 768, "depth": 12, "heads": 12, "projected": 512}


def load_clip(path, **sizes):
    """Load CLIP: (model, weights), for the table of networks.

    Args:
        path: of the file; nothing in it is run.
        **sizes: see `Shape`; default those of ViT-B/32.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    shape = Shape(
        **_CLIP_SIZES | sizes,
        mean=_CLIP_MEAN,
        deviation=_CLIP_DEVIATION,
        epsilon=1e-5,
        quick=True,
        early=True,
    )
    tensors, model = read_tensors(path), build_vit(shape)
    variables, shapes = variables_and_shapes(model.layers)
    known = (n.removesuffix("class_embedding") for n in tensors if n.endswith(_CLIP_FIRST))
    prefix = next(known, "visual.")  # with the names of modules around it, if there are any
    weights = {}
    for name in shapes:
        tensor = tensors.get(prefix + _clip_name(name))
        if tensor is not None and name.endswith("kernel") and name != "project/kernel":
            tensor = tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor.T
        if tensor is not None:
            weights[name] = tensor
    weights = checked_weights(weights, shapes, path, "CLIP ViT-B/32")
    assign(variables, weights)
    return model, weights


def _clip_name(name: str) -> str:
    if name in _CLIP_WHOLE:
        return _CLIP_WHOLE[name]
    layer, variable = name.split("/")
    number, _, part = layer.partition("-")
    end = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}[variable]
    return f"transformer.resblocks.{number}.{_CLIP_BLOCK[part]}{end}"


# Our names of layers -> those of the file.
_DINOV2_BLOCK = {
    "norm1": "norm1", "qkv": "attn.qkv", "out": "attn.proj", "scale1": "ls1", "norm2": "norm2",
    "wide": "mlp.fc1", "narrow": "mlp.fc2", "scale2": "ls2",
}  # fmt: skip
_DINOV2_OFFSET = 0.1  # of the published code, added to the grid when positions are resized
_DINOV2_SIZES = {"side": 224, "patch": 14}


def load_dinov2(path, **sizes):
    """Load dinov2_vit*14_pretrain.pth: (model, weights), for the table of networks.

    Args:
        path: of the file; nothing in it is run.
        **sizes: see `Shape`; width, depth and heads must be among them.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    shape = Shape(
        **_DINOV2_SIZES | sizes, mean=MEAN, deviation=DEVIATION, epsilon=1e-6, scaled=True
    )
    tensors, model = read_tensors(path), build_vit(shape)
    variables, shapes = variables_and_shapes(model.layers)
    weights = {}
    for name in shapes:
        tensor = tensors.get(_dinov2_name(name))
        if tensor is None:
            continue
        if name.endswith("kernel"):
            tensor = tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor.T
        elif name == "tokens/position" and tensor.ndim == 3 and tensor.shape[1] > 1:
            tensor = interpolated(tensor[0], shape.side // shape.patch, _DINOV2_OFFSET)
        weights[name] = tensor.reshape(-1) if name == "tokens/first" else tensor
    title = f"the DINOv2 of width {shape.width} and depth {shape.depth}"
    weights = checked_weights(weights, shapes, path, title)
    assign(variables, weights)
    return model, weights


def _dinov2_name(name: str) -> str:
    layer, variable = name.split("/")
    whole = {"tokens/first": "cls_token", "tokens/position": "pos_embed"}
    end = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}.get(variable)
    if layer in ("patch", "late"):
        return f"{ {'patch': 'patch_embed.proj', 'late': 'norm'}[layer] }.{end}"
    number, _, part = layer.partition("-")
    if part.startswith("scale"):
        end = "gamma"
    return whole.get(name) or f"blocks.{number}.{_DINOV2_BLOCK[part]}.{end}"
