"""The image half of CLIP ViT-B/32 (arXiv 2103.00020) of the user's file: what words tell apart.

`fid…_clip` is the FID with CLIP features that arXiv 2203.06026 proposes; what is called CMMD (arXiv
2401.09603) has another kernel and a larger CLIP. The file is OpenAI's ViT-B-32.pt, or a state
dictionary of the same weights by open_clip. Other weights of open_clip have another activation.
"""

from ada_tf.interop.published.torch_file import read_tensors
from ada_tf.metrics.features import vit
from ada_tf.metrics.features.weight_files import checked_weights

MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
# Our names -> theirs, below "visual.".
_WHOLE = {
    "tokens/first": "class_embedding", "tokens/position": "positional_embedding",
    "patch/kernel": "conv1.weight", "early/gamma": "ln_pre.weight", "early/beta": "ln_pre.bias",
    "late/gamma": "ln_post.weight", "late/beta": "ln_post.bias", "project/kernel": "proj",
}  # fmt: skip
_FIRST = "visual.class_embedding"
_BLOCK = {
    "norm1": "ln_1.", "qkv": "attn.in_proj_", "out": "attn.out_proj.", "norm2": "ln_2.",
    "wide": "mlp.c_fc.", "narrow": "mlp.c_proj.",
}  # fmt: skip


SIZES = {"side": 224, "patch": 32, "width": 768, "depth": 12, "heads": 12, "projected": 512}


def load(path, **sizes):
    """(model, weights), for the table of networks.

    Args:
        path: of the file; nothing in it is run.
        **sizes: see `vit.Shape`; default those of ViT-B/32.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    shape = vit.Shape(
        **SIZES | sizes, mean=MEAN, deviation=DEVIATION, epsilon=1e-5, quick=True, early=True
    )
    tensors, model = read_tensors(path), vit.build_vit(shape)
    known = (n.removesuffix("class_embedding") for n in tensors if n.endswith(_FIRST))
    prefix = next(known, "visual.")  # modules around it, if there are any
    weights = {}
    for name in vit.shapes_of(model):
        tensor = tensors.get(prefix + _theirs(name))
        if tensor is not None and name.endswith("kernel") and name != "project/kernel":
            tensor = tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor.T
        if tensor is not None:
            weights[name] = tensor
    weights = checked_weights(weights, vit.shapes_of(model), path, "CLIP ViT-B/32")
    vit.load_vit(model, weights)
    return model, weights


def _theirs(name: str) -> str:
    if name in _WHOLE:
        return _WHOLE[name]
    layer, variable = name.split("/")
    number, _, part = layer.partition("-")
    end = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}[variable]
    return f"transformer.resblocks.{number}.{_BLOCK[part]}{end}"
