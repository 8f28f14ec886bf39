"""Cut a folder of golden vectors down to what the repository carries (under 4 MB).

    python tools/slim_golden.py FULL_FOLDER tests/data/golden

Whole cases are kept or left out; their numbers and configuration are copied unchanged.
"""

import fnmatch
import io
import json
import pathlib
import sys

import numpy as np

# family -> patterns of the cases to keep.
KEEP = {
    "upfirdn2d": ["*"],
    "bias_act": ["*"],
    "modconv": ["mod_grad*", "mod_tiny*", "mod_down2*", "mod_up1_k3_*", "mod_up2_k3_demod*", "mod_up2_k1_nodemod*",
                "res_down2*", "res_plain*", "res_up2_k1", "res_up2_k3", "res_groups_k3", "res_negpad*"],
    "mapping": ["*"],
    "synthesis_32": ["skip_cond_gray", "skip_tightclamp", "skip_asymfilter", "resnet"],
    "discriminator_32": ["mbstd*", "orig_cond", "resnet_gray", "resnet_mbstd_full",
                         "resnet_nombstd", "resnet_tightclamp", "skip_cond", "skip_uncond"],
    "losses": ["uncond"],
    "augment": ["debug/gray32/*", "debug/24x40/*", "debug/32/bgcfnc", "debug/32/xflip", "debug/32/scale",
                "rand/bgcfnc_p0.7", "rand/blit_p1", "rand/gray_bgc_p1", "rand/bgc_p0"],
    "ada_trace": ["*"],
    "metrics": ["*"],
}  # fmt: skip


def slim(source: pathlib.Path, patterns: list[str]) -> dict[str, np.ndarray]:
    """The arrays of the cases that match, and those that belong to no case."""
    arrays = np.load(source, allow_pickle=False)
    meta = json.loads(str(arrays["meta"]))
    kept = {c: v for c, v in meta["cases"].items() if any(fnmatch.fnmatch(c, p) for p in patterns)}
    dropped = tuple(f"{c}/" for c in meta["cases"] if c not in kept)
    chosen = {n: arrays[n] for n in arrays.files if n != "meta" and not n.startswith(dropped)}
    return {"meta": np.array(json.dumps({**meta, "cases": kept})), **chosen}


def main(source: str, target: str) -> None:
    total = 0
    pathlib.Path(target).mkdir(parents=True, exist_ok=True)
    for family, patterns in KEEP.items():
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **slim(pathlib.Path(source) / f"{family}.npz", patterns))
        (pathlib.Path(target) / f"{family}.npz").write_bytes(buffer.getvalue())
        total += buffer.tell()
        print(f"{family:20s} {buffer.tell() / 1e3:8.0f} kB")
    print(f"{'together':20s} {total / 1e3:8.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
