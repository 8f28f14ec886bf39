"""Reads golden vectors: `ADA_TF_GOLDEN=DIR python -m pytest tests/golden` runs another folder's."""

import json
import os
import pathlib

import numpy as np

FOLDER = pathlib.Path(
    os.environ.get("ADA_TF_GOLDEN") or pathlib.Path(__file__).parent.parent / "data" / "golden"
)


class Golden:
    """One .npz of golden vectors: `cases` (name -> configuration) and their arrays."""

    def __init__(self, family: str):
        self.arrays = np.load(FOLDER / f"{family}.npz", allow_pickle=False)
        self.meta = json.loads(str(self.arrays["meta"]))
        self.cases = self.meta.get("cases", {})

    def __getitem__(self, name):
        return self.arrays[name]

    def __contains__(self, name):
        return name in self.arrays.files

    def under(self, prefix: str) -> dict:
        """All arrays below `prefix`, by the rest of their name."""
        return {n[len(prefix) :]: self.arrays[n] for n in self.arrays.files if n.startswith(prefix)}

    def params(self, case: str) -> dict:
        return self.under(f"{case}/param/")


def nhwc(x):
    """[N, C, H, W] -> [N, H, W, C]."""
    return np.transpose(x, (0, 2, 3, 1))


def nchw(x):
    """[N, H, W, C] -> [N, C, H, W]."""
    return np.transpose(x, (0, 3, 1, 2))
