"""VGG16 for precision and recall, and LPIPS."""

import numpy as np
import pytest

from ada_tf.metrics.features import vgg16
from ada_tf.metrics.features.feature_network import load_network
from tests.interop.torch_writer import write_stream
from tests.sentences import refused


@pytest.fixture(scope="module")
def small_vgg(tmp_path_factory):
    """VGG16 with an eighth of its widths, and its weights in torchvision's names."""
    blocks = tuple(tuple(n // 16 for n in block) for block in vgg16.BLOCKS)
    patch = pytest.MonkeyPatch()
    patch.setattr(vgg16, "BLOCKS", blocks)
    patch.setattr(vgg16, "FULL", 16)
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.normal(0, 0.2, shape).astype(np.float32)  # noqa: E731
    state, inputs, index = {}, 3, 0
    for block in blocks:
        for outputs in block:
            state[f"features.{index}.weight"] = draw(outputs, inputs, 3, 3)
            state[f"features.{index}.bias"] = draw(outputs)
            inputs, index = outputs, index + 2
        index += 1
    for i, width in ((0, 49 * inputs), (3, 16), (6, 16)):
        state[f"classifier.{i}.weight"], state[f"classifier.{i}.bias"] = draw(16, width), draw(16)
    linear = {f"lin{i}.model.1.weight": np.abs(draw(1, b[-1], 1, 1)) for i, b in enumerate(blocks)}
    folder = tmp_path_factory.mktemp("vgg")
    write_stream(folder / "vgg16.pth", state)
    write_stream(folder / "lpips.pth", linear)
    yield folder, state, linear
    patch.undo()


def convolve(x, kernel, bias):
    """3x3 correlation with zero padding and ReLU: [C, H, W], [O, C, 3, 3] -> [O, H, W]."""
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.maximum(np.einsum("chwij,ocij->ohw", windows, kernel) + bias[:, None, None], 0)


def activations(state, x):
    """The last activations of each block, channels first, as PyTorch computes them."""
    index, found = 0, []
    for block in vgg16.BLOCKS:
        for _ in block:
            x = convolve(x, state[f"features.{index}.weight"], state[f"features.{index}.bias"])
            index += 2
        found.append(x)
        c, h, w = x.shape
        x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(c, h // 2, 2, w // 2, 2).max(axis=(2, 4))
        index += 1
    return found, x


def test_lpips_is_the_published_distance(small_vgg):
    folder, state, linear = small_vgg
    model = vgg16.build_lpips()
    read = vgg16.read_vgg16(folder / "vgg16.pth"), vgg16.read_lpips(folder / "lpips.pth")
    vgg16.load_lpips(model, *read)
    pair = np.random.default_rng(1).uniform(0, 255, [2, 32, 32, 3]).astype(np.float32)
    embedded = model(pair).numpy()
    mean, deviation = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
    expected, blocks = 0, []
    for image in pair:
        x = ((image / 127.5 - 1) - mean) / deviation
        blocks.append(activations(state, x.transpose(2, 0, 1))[0])
    for i, (a, b) in enumerate(zip(*blocks, strict=True)):
        unit = lambda v: v / (np.sqrt((v**2).sum(axis=0)) + 1e-10)  # noqa: E731
        difference = (unit(a) - unit(b)) ** 2
        weights = linear[f"lin{i}.model.1.weight"].reshape(-1, 1, 1)
        expected += (weights * difference).sum(axis=0).mean()
    np.testing.assert_allclose(((embedded[0] - embedded[1]) ** 2).sum(), expected, rtol=1e-4)


def test_vgg16_flattens_as_the_weights_expect(small_vgg):
    folder, state, _ = small_vgg
    network = load_network("vgg16", {"vgg16": folder / "vgg16.pth"})
    image = np.random.default_rng(2).integers(0, 256, [1, 224, 224, 3]).astype(np.uint8)
    x = (image[0] / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    x = activations(state, x.transpose(2, 0, 1))[1].reshape(-1)
    for i in (0, 3):
        weight, bias = state[f"classifier.{i}.weight"], state[f"classifier.{i}.bias"]
        x = np.maximum(weight @ x + bias, 0)
    np.testing.assert_allclose(network(image)["features"][0], x, rtol=1e-3, atol=1e-4)


def test_another_network_is_not_vgg16(small_vgg, tmp_path):
    folder, _, _ = small_vgg
    with refused("VGG16"):
        vgg16.read_vgg16(folder / "lpips.pth")
    with refused("VGG16"):
        vgg16.read_lpips(folder / "vgg16.pth")
