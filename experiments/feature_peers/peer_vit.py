"""What public vision transformers make of drawn weights: two blocks of timm's DINOv2 and of CLIP.

    python experiments/feature_peers/peer_vit.py FOLDER      # where torch is

timm 1.0.31 for DINOv2 (the positions fitted to another grid by PyTorch, as DINOv2's code does), and
torch-fidelity 0.4.0's copy of CLIP. Writes dinov2.npz and clip.npz.
"""

import pathlib
import sys

import numpy as np
import torch
from timm.models.vision_transformer import VisionTransformer
from torch_fidelity import feature_extractor_clip

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import drawn

WIDTH, DEPTH, HEADS, OUT = 32, 2, 4, 8
DINO_SIDE, DINO_PATCH, DINO_GRID = 28, 14, 5  # the file has positions of 5 x 5, 2 x 2 are needed
CLIP_SIDE, CLIP_PATCH = 64, 32


def images(side: int, mean, deviation) -> torch.Tensor:
    x = drawn.images(3, side) / 255
    x = (x - np.array(mean)) / np.array(deviation)
    return torch.from_numpy(x.astype(np.float32)).permute(0, 3, 1, 2)


def shapes_of(network) -> dict[str, tuple]:
    return {name: tuple(v.shape) for name, v in network.state_dict().items()}


def dinov2() -> dict:
    network = VisionTransformer(
        img_size=DINO_SIDE, patch_size=DINO_PATCH, embed_dim=WIDTH, depth=DEPTH, num_heads=HEADS,
        init_values=1e-5, num_classes=0,
    ).eval()  # fmt: skip
    shapes = shapes_of(network) | {"pos_embed": (1, 1 + DINO_GRID**2, WIDTH)}
    state = {n: torch.from_numpy(v) for n, v in drawn.state(shapes).items()}
    position, grid = state["pos_embed"], DINO_SIDE // DINO_PATCH
    places = position[:, 1:].reshape(1, DINO_GRID, DINO_GRID, WIDTH).permute(0, 3, 1, 2)
    scale = (grid + 0.1) / DINO_GRID
    places = torch.nn.functional.interpolate(places, scale_factor=(scale, scale), mode="bicubic")
    places = places.permute(0, 2, 3, 1).reshape(1, grid**2, WIDTH)
    network.load_state_dict(state | {"pos_embed": torch.cat([position[:, :1], places], 1)})
    x = images(DINO_SIDE, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return {"features": network(x).detach().numpy()}


def clip() -> dict:
    network = feature_extractor_clip.VisionTransformer(
        CLIP_SIDE, CLIP_PATCH, WIDTH, DEPTH, HEADS, OUT
    ).eval()
    state = drawn.state({f"visual.{n}": s for n, s in shapes_of(network).items()})
    state = {n.removeprefix("visual."): torch.from_numpy(v) for n, v in state.items()}
    network.load_state_dict(state)
    x = images(CLIP_SIDE, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
    return {"features": network(x).detach().numpy()}


if __name__ == "__main__":
    for name, found in (("dinov2", dinov2()), ("clip", clip())):
        np.savez(pathlib.Path(sys.argv[1]) / f"{name}.npz", **found)
        print(name, found["features"].shape, found["features"].std(0).mean())
