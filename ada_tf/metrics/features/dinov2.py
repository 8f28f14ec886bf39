"""DINOv2 (arXiv 2304.07193) of the user's file: learnt without labels, hence without their bias.

With the ViT-L/14, `fid…_dinov2_l` is the FD-DINOv2 that arXiv 2306.04675 recommends, and
`kid…_dinov2_l` its kernel distance. Here images are resized in float, there as bytes.
"""

from ada_tf.interop.published.torch_file import read_tensors
from ada_tf.metrics.features import vit
from ada_tf.metrics.features.vgg16 import DEVIATION, MEAN
from ada_tf.metrics.features.weight_files import checked_weights

# Our names of layers -> theirs.
_BLOCK = {
    "norm1": "norm1", "qkv": "attn.qkv", "out": "attn.proj", "scale1": "ls1", "norm2": "norm2",
    "wide": "mlp.fc1", "narrow": "mlp.fc2", "scale2": "ls2",
}  # fmt: skip
OFFSET = 0.1  # of the published code, where it fits positions to another grid


SIZES = {"side": 224, "patch": 14}


def load(path, **sizes):
    """(model, weights) of dinov2_vit*14_pretrain.pth, for the table of networks.

    Args:
        path: of the file; nothing in it is run.
        **sizes: see `vit.Shape`; width, depth and heads must be among them.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    shape = vit.Shape(**SIZES | sizes, mean=MEAN, deviation=DEVIATION, epsilon=1e-6, scaled=True)
    tensors, model = read_tensors(path), vit.build_vit(shape)
    weights = {}
    for name in vit.shapes_of(model):
        tensor = tensors.get(_theirs(name))
        if tensor is None:
            continue
        if name.endswith("kernel"):
            tensor = tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor.T
        elif name == "tokens/position" and tensor.ndim == 3 and tensor.shape[1] > 1:
            tensor = vit.interpolated(tensor[0], shape.side // shape.patch, OFFSET)
        weights[name] = tensor.reshape(-1) if name == "tokens/first" else tensor
    title = f"the DINOv2 of width {shape.width} and depth {shape.depth}"
    weights = checked_weights(weights, vit.shapes_of(model), path, title)
    vit.load_vit(model, weights)
    return model, weights


def _theirs(name: str) -> str:
    layer, variable = name.split("/")
    whole = {"tokens/first": "cls_token", "tokens/position": "pos_embed"}
    end = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}.get(variable)
    if layer in ("patch", "late"):
        return f"{ {'patch': 'patch_embed.proj', 'late': 'norm'}[layer] }.{end}"
    number, _, part = layer.partition("-")
    if part.startswith("scale"):
        end = "gamma"
    return whole.get(name) or f"blocks.{number}.{_BLOCK[part]}.{end}"
