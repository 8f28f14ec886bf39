"""What the public EfficientNet-Lite0 (efficientnet-lite-pytorch 0.1.0) makes of drawn weights.

python experiments/feature_peers/peer_lite0.py OUT.npz      # where torch is
"""

import pathlib
import sys

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import drawn


def main(out: str) -> None:
    network = EfficientNet.from_name("efficientnet-lite0").eval()
    shapes = {n: tuple(v.shape) for n, v in network.state_dict().items() if v.ndim}
    state = {n: torch.from_numpy(v) for n, v in drawn.state(shapes).items()}
    network.load_state_dict(state, strict=False)
    x = torch.from_numpy(drawn.images(2, 224)).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        x = (x - 127) / 128
        features = network.extract_features(x).mean((2, 3))
        probabilities = network(x).softmax(1)
    print(features.abs().max(), features.std(), probabilities.max())
    np.savez(out, features=features[:, ::8], probabilities=probabilities[:, ::8])


if __name__ == "__main__":
    main(sys.argv[1])
