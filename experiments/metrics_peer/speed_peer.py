"""Pictures a second through Inception, beside torch-fidelity's of the same random weights.

python experiments/metrics_peer/speed_peer.py peer --work=/tmp/peer   # environment of torch-fidelity
python experiments/metrics_peer/speed_peer.py ours --work=/tmp/peer   # environment of ada_tf

`peer` first, which writes the weights; then in turn, on quiet cores.
"""

import pathlib
import sys
import time

from check_inception_peer import noise, random_state  # beside this file

COUNT, BATCH, SIDE = 256, 32, 64
WEIGHTS = "speed.pth"


def peer(work: pathlib.Path):
    """A function of pictures, and the pictures."""
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    path = work / WEIGHTS
    if not path.exists():
        torch.manual_seed(0)
        torch.save(random_state(work), path)
    network = FeatureExtractorInceptionV3(
        "inception", ["2048"], feature_extractor_weights_path=str(path)
    ).eval()
    pictures = torch.from_numpy(noise(0, COUNT, SIDE).transpose(0, 3, 1, 2).copy())
    return torch.no_grad()(network), pictures


def ours(work: pathlib.Path):
    """A function of pictures, and the pictures."""
    from ada_tf.metrics.features.feature_network import load_network

    return load_network("inception", paths={"inception": work / WEIGHTS}), noise(0, COUNT, SIDE)


def main() -> None:
    side, work = sys.argv[1], pathlib.Path(sys.argv[2].removeprefix("--work="))
    work.mkdir(parents=True, exist_ok=True)
    network, pictures = {"peer": peer, "ours": ours}[side](work)
    network(pictures[:BATCH])
    start = time.perf_counter()
    for i in range(0, COUNT, BATCH):
        network(pictures[i : i + BATCH])
    print(f"{side}: {COUNT / (time.perf_counter() - start):.1f} pictures a second")


if __name__ == "__main__":
    main()
