"""Cut a folder of golden vectors down to what the repository carries (under 6 MB).

    python tools/slim_golden.py FULL_FOLDER tests/data/golden

Whole cases are kept or left out, and of some the arrays that tell nothing new; what is kept is copied
unchanged. Of published networks the weights are left out, and their hashes kept: they are in the
pickles.
"""

import fnmatch
import hashlib
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
    "losses": ["*"],
    "augment": ["debug/gray32/*", "debug/24x40/*", "debug/32/bgcfnc", "debug/32/xflip", "debug/32/scale",
                "rand/bgcfnc_p0.7", "rand/blit_p1", "rand/gray_bgc_p1", "rand/bgc_p0"],
    "ada_trace": ["*"],
    "metrics": ["*"],
    "training_loop": ["*"],
}  # fmt: skip

# family -> patterns of the arrays to leave out.
DROP = {
    # The norms of all gradients stay; of one case also the gradients themselves.
    "losses": ["*/pl_grads", "*/r1_grads", "cond/*/grad/*", "uncond/Gmain_mix/grad/*"],
    # An error in any iteration shows in the last one; the earlier ones help to find it.
    "training_loop": [*(f"*/iter{i}/*" for i in (0, 3, 7, 15)), "*/torch_adam/*"],
}

# Pickles of published networks, beside which lies what is expected of them.
PUBLISHED = ("tiny-pytorch-old", "tiny-tf1-cond", "tiny-tf1-stylegan2")


def matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def slim(source: pathlib.Path, keep: list[str], drop: list[str]) -> dict[str, np.ndarray]:
    """The arrays of the cases to keep, and those that belong to no case, less what is left out."""
    arrays = np.load(source, allow_pickle=False)
    meta = json.loads(str(arrays["meta"]))
    kept = {case: about for case, about in meta["cases"].items() if matches(case, keep)}
    others = [f"{case}/*" for case in meta["cases"] if case not in kept]
    chosen = [n for n in arrays.files if n != "meta" and not matches(n, others + drop)]
    return {
        "meta": np.array(json.dumps({**meta, "cases": kept})),
        **{name: arrays[name] for name in chosen},
    }


def hashed(source: pathlib.Path) -> dict[str, np.ndarray]:
    """What is expected of a published network, with the hash of each weight instead of the weight."""
    arrays = np.load(source, allow_pickle=False)
    meta = json.loads(str(arrays["meta"]))
    hashes = {name: digest(arrays[name]) for name in arrays.files if "/param/" in name}
    kept = {name: arrays[name] for name in arrays.files if name != "meta" and name not in hashes}
    return {
        "meta": np.array(
            json.dumps(
                {"cases": {}, "notes": meta.get("notes", meta.get("made")), "hashes": hashes}
            )
        ),
        **kept,
    }


def digest(array) -> str:
    """Of the numbers and the shape of an array."""
    array = np.ascontiguousarray(array, "<f4")
    return hashlib.sha256(repr(array.shape).encode() + array.tobytes()).hexdigest()[:32]


def main(source: str, target: str) -> None:
    total = 0
    source, target = pathlib.Path(source), pathlib.Path(target)
    target.mkdir(parents=True, exist_ok=True)
    slimmed = {f: slim(source / f"{f}.npz", keep, DROP.get(f, [])) for f, keep in KEEP.items()}
    for name in PUBLISHED:
        (target / f"{name}.pkl").write_bytes((source / f"{name}.pkl").read_bytes())
        slimmed[f"{name}-expected"] = hashed(source / f"{name}-expected.npz")
        total += (target / f"{name}.pkl").stat().st_size
    for family, arrays in slimmed.items():
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        (target / f"{family}.npz").write_bytes(buffer.getvalue())
        total += buffer.tell()
        print(f"{family:26s} {buffer.tell() / 1e3:8.0f} kB")
    print(f"{'together':26s} {total / 1e3:8.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
