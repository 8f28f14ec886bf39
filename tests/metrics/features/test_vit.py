"""DINOv2 and CLIP are the public ones, on drawn weights; and their files."""

import numpy as np
import pytest

from ada_tf.metrics.features import vit
from ada_tf.metrics.features.networks import NETWORKS
from experiments.feature_peers import drawn
from tests.interop.torch_writer import write_stream, write_zip
from tests.metrics.features.peers import peer
from tests.sentences import refused

# As in experiments/feature_peers/peer_vit.py.
SMALL = {"width": 32, "depth": 2, "heads": 4}
DINO = {**SMALL, "side": 28, "patch": 14}
CLIP = {**SMALL, "side": 64, "patch": 32, "projected": 8}


def dinov2_shapes(width=32, depth=2, grid=5, patch=14):
    shapes = {
        "cls_token": (1, 1, width), "pos_embed": (1, 1 + grid**2, width),
        "patch_embed.proj.weight": (width, 3, patch, patch), "patch_embed.proj.bias": (width,),
        "norm.weight": (width,), "norm.bias": (width,),
    }  # fmt: skip
    for i in range(depth):
        for name, out, inputs in (
            ("attn.qkv", 3 * width, width), ("attn.proj", width, width),
            ("mlp.fc1", 4 * width, width), ("mlp.fc2", width, 4 * width),
        ):  # fmt: skip
            shapes[f"blocks.{i}.{name}.weight"] = (out, inputs)
            shapes[f"blocks.{i}.{name}.bias"] = (out,)
        for name in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "ls1.gamma",
                     "ls2.gamma"):  # fmt: skip
            shapes[f"blocks.{i}.{name}"] = (width,)
    return shapes


def clip_shapes(width=32, depth=2, grid=2, patch=32, out=8):
    shapes = {
        "class_embedding": (width,), "positional_embedding": (1 + grid**2, width),
        "proj": (width, out), "conv1.weight": (width, 3, patch, patch),
        **{f"{n}.{end}": (width,) for n in ("ln_pre", "ln_post") for end in ("weight", "bias")},
    }  # fmt: skip
    for i in range(depth):
        block = {
            "attn.in_proj_weight": (3 * width, width), "attn.in_proj_bias": (3 * width,),
            "attn.out_proj.weight": (width, width), "attn.out_proj.bias": (width,),
            "mlp.c_fc.weight": (4 * width, width), "mlp.c_fc.bias": (4 * width,),
            "mlp.c_proj.weight": (width, 4 * width), "mlp.c_proj.bias": (width,),
            **{f"{n}.{end}": (width,) for n in ("ln_1", "ln_2") for end in ("weight", "bias")},
        }  # fmt: skip
        shapes |= {f"transformer.resblocks.{i}.{name}": shape for name, shape in block.items()}
    return {f"visual.{name}": shape for name, shape in shapes.items()}


def test_dinov2_sees_what_the_public_one_sees(tmp_path):
    state = drawn.state(dinov2_shapes())
    write_zip(tmp_path / "dinov2.pth", {**state, "mask_token": np.zeros([1, 32], np.float32)})
    model, weights = vit.load_dinov2(tmp_path / "dinov2.pth", **DINO)
    found = model(drawn.images(3, 28))["features"]
    np.testing.assert_allclose(found, peer("dinov2")["features"], rtol=1e-4, atol=1e-5)
    assert weights["tokens/position"].shape == (5, 32)


def nested(state: dict) -> dict:
    """As modules hold modules in a TorchScript file."""
    tree = {}
    for name, value in state.items():
        *places, last = name.split(".")
        module = tree
        for place in places:
            module = module.setdefault(place, {})
        module[last] = value
    return tree


@pytest.mark.parametrize("form", ["script", "state"])
def test_clip_sees_what_the_public_one_sees(form, tmp_path):
    state = drawn.state(clip_shapes())
    text = {"token_embedding.weight": np.zeros([4, 4], np.float32)}
    if form == "script":
        write_zip(tmp_path / "clip.pt", nested({**state, **text}), script=True)
    else:
        write_stream(tmp_path / "clip.pt", {**state, **text})
    model, _ = vit.load_clip(tmp_path / "clip.pt", **CLIP)
    found = model(drawn.images(3, 64))["features"]
    np.testing.assert_allclose(found, peer("clip")["features"], rtol=1e-4, atol=1e-5)


def test_positions_of_the_same_grid_stay():
    position = drawn.numbers(0, 17, 3)
    assert vit.interpolated(position, 4, 0.1) is position
    constant = np.ones([26, 2], np.float32)
    np.testing.assert_allclose(vit.interpolated(constant, 3, 0.1), np.ones([10, 2]), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "parameters", "features"),
    [
        # The published counts: 21, 86 and 300 million, and CLIP's image half, 88 million.
        ("dinov2_s", 21.7e6, 384),
        ("clip", 87.8e6, 512),
    ],
)
def test_rows_have_the_published_shapes(name, parameters, features, monkeypatch):
    built = []
    load = {"dinov2_s": vit.load_dinov2, "clip": vit.load_clip}[name]
    monkeypatch.setattr(vit, "read_tensors", lambda path: {})
    build = vit.build_vit
    monkeypatch.setattr(vit, "build_vit", lambda shape: built.append(build(shape)) or built[0])
    with refused():
        load("nothing", **NETWORKS[name].options)
    assert built[0].output["features"].shape == (None, features)
    assert abs(built[0].count_params() - parameters) < 0.01 * parameters


def test_one_size_is_not_another(tmp_path):
    write_zip(tmp_path / "dinov2.pth", drawn.state(dinov2_shapes(width=16)))
    with refused("DINOv2", "32"):
        vit.load_dinov2(tmp_path / "dinov2.pth", **DINO)
    write_zip(tmp_path / "clip.pt", drawn.state(clip_shapes(width=16)))
    with refused("ViT-B/32"):
        vit.load_clip(tmp_path / "clip.pt", **CLIP)
