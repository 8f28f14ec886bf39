"""Every setting that a published network can have and ours cannot is refused by its name."""

import copy

import pytest

from ada_tf.interop.published.pickles import Refused
from ada_tf.interop.published.published_settings import from_pytorch, from_tf1
from tests.interop import published_networks, published_writer

OF = published_networks.architecture(classes=3)
G, D = published_writer.pytorch_settings(OF)
TF1_G, TF1_D = published_writer.tf1_settings(OF)


def changed(settings: dict, path: str, value) -> dict:
    """Settings of which one, as in "mapping_kwargs.activation", is another."""
    settings = copy.deepcopy(settings)
    *groups, name = path.split(".")
    inner = settings
    for group in groups:
        inner = inner.setdefault(group, {})
    inner[name] = value
    return settings


def test_these_settings_themselves():
    assert from_pytorch(G, D) == OF
    assert from_pytorch(*from_tf1(TF1_G, TF1_D)) == OF
    assert from_pytorch(G, None).num_classes == 3


# path -> values that ours cannot have.
OF_G = {
    "z_dim": [None, "12", 12.5, True, [12], 0, -1, 2**40, 2**70, float("nan"), float("inf"), 1e300],
    "w_dim": [None, 0, 2**17],
    "c_dim": [None, -1, 2**30],
    "img_resolution": [None, 4, 12, 2**20, 0],
    "img_channels": [None, 0, 2, 4],
    "mapping_kwargs": [None, 3, "x"],
    "mapping_kwargs.num_layers": [0, 1000, None, "8"],
    "mapping_kwargs.activation": ["relu", "linear", None],
    "mapping_kwargs.embed_features": [7, "16"],
    "mapping_kwargs.layer_features": [7, [16]],
    "mapping_kwargs.lr_multiplier": [0.1, 1, None],
    "mapping_kwargs.x_dim": [1],
    "synthesis_kwargs": [None, []],
    "synthesis_kwargs.activation": ["relu", 7],
    "synthesis_kwargs.resample_filter": [[1, 2, 1], [1, 3, 3, 2], None, "x", [[1, 3, 3, 1]] * 4],
    "synthesis_kwargs.use_noise": [False, None],
    "synthesis_kwargs.architecture": ["dense", None, 3],
    "synthesis_kwargs.channel_base": [None, "128", 1, 2**40],
    "synthesis_kwargs.channel_max": [0, 2**20],
    "synthesis_kwargs.num_fp16_res": [-1, "4", 1000],
    "synthesis_kwargs.conv_clamp": ["256", 0, -1, float("inf"), float("nan"), 10**400],
    "synthesis_kwargs.magnitude_ema_beta": [0.5],
    "encoder_kwargs": [{}],
    "evil\x1b[2J": [1],
}
OF_D = {
    "c_dim": [None, 0, 4],
    "img_resolution": [None, 32],
    "img_channels": [1],
    "architecture": ["dense", 1],
    "channel_base": [None, "128", 1, 2**40],
    "channel_max": [0, 2**20],
    "num_fp16_res": [1],
    "conv_clamp": [None, 255],
    "cmap_dim": [7, 0, "10"],
    "block_kwargs": [3],
    "block_kwargs.activation": ["relu"],
    "block_kwargs.resample_filter": [[1, 1]],
    "block_kwargs.spectral": [True],
    "mapping_kwargs.num_layers": [-1, 1000, None],
    "mapping_kwargs.activation": ["relu"],
    "mapping_kwargs.embed_features": [7],
    "mapping_kwargs.layer_features": [7],
    "mapping_kwargs.lr_multiplier": [0, -1, "0.01", None],
    "mapping_kwargs.x_dim": [1],
    "epilogue_kwargs.mbstd_group_size": [0, -4, "4", 2.5],
    "epilogue_kwargs.mbstd_num_channels": [0, 2],
    "epilogue_kwargs.activation": ["relu"],
    "epilogue_kwargs.cmap_dim": [3],
    "backbone_kwargs": [{}],
}
OF_TF1_G = {
    "latent_size": ["12", 0],
    "dlatent_size": [0],
    "label_size": [-1],
    "resolution": [4, 1000],
    "num_channels": [4],
    "mapping_layers": [0],
    "label_fmaps": [7],
    "mapping_fmaps": [7],
    "mapping_nonlinearity": ["relu"],
    "mapping_lrmul": [0.1],
    "fmap_base": [1],
    "fmap_max": [0],
    "architecture": ["dense"],
    "nonlinearity": ["relu"],
    "resample_kernel": [[1, 2, 1], None, 3],
    "use_noise": [False],
    "conv_clamp": ["256"],
    "spectral_norm": [True],
    "normalize_latents": [False],
    "synthesis_func": ["G_synthesis_stylegan_revised"],
    "fmap_decay": [0.5],
    "fmap_min": [2],
}
OF_TF1_D = {
    "resolution": [8],
    "label_size": [2],
    "mapping_fmaps": [7],
    "mapping_lrmul": [0],
    "mbstd_num_features": [2],
    "mbstd_group_size": [0],
    "nonlinearity": ["relu"],
    "resample_kernel": [[1]],
    "architecture": ["dense"],
    "fmap_max": [0],
    "score_size": [3],
    "use_spectral_norm": [True],
    "fmap_decay": [0.5],
    "fmap_min": [2],
}
# What the setting is called in the sentence, where TensorFlow 1 has another name.
IN_PYTORCH = {
    "latent_size": "z_dim", "dlatent_size": "w_dim", "label_size": "c_dim|num_classes",
    "resolution": "resolution", "num_channels": "channels", "mapping_layers": "mapping_layers",
    "label_fmaps": "embed_features", "mapping_fmaps": "layer_features|cmap_dim",
    "mapping_nonlinearity": "activation", "mapping_lrmul": "lr_multiplier|mapping_lr",
    "fmap_base": "channel_base", "fmap_max": "channel_max", "nonlinearity": "activation",
    "resample_kernel": "resample_filter|resample_kernel", "mbstd_num_features": "mbstd_num_channels",
    "mbstd_group_size": "mbstd_group", "img_resolution": "resolution", "img_channels": "channels",
    "c_dim": "c_dim|num_classes", "num_layers": "mapping_layers|num_layers",
    "lr_multiplier": "lr_multiplier|mapping_lr", "num_fp16_res": "num_fp16_res|num_low_precision",
}  # fmt: skip


def rows(table):
    return [pytest.param(path, v, id=f"{path}={v!r:.20}") for path in table for v in table[path]]


def assert_named(caught, path):
    name = path.rpartition(".")[2]
    sentence = str(caught.value)
    assert len(sentence) < 250
    assert any(known in sentence for known in (name, *IN_PYTORCH.get(name, name).split("|")))


@pytest.mark.parametrize(("path", "value"), rows(OF_G))
def test_generator(path, value):
    with pytest.raises(Refused) as caught:
        from_pytorch(changed(G, path, value), D)
    assert_named(caught, path)


@pytest.mark.parametrize(("path", "value"), rows(OF_D))
def test_discriminator(path, value):
    with pytest.raises(Refused) as caught:
        from_pytorch(G, changed(D, path, value))
    assert_named(caught, path)


@pytest.mark.parametrize(("path", "value"), rows(OF_TF1_G))
def test_generator_of_tensorflow_1(path, value):
    with pytest.raises(Refused) as caught:
        from_pytorch(*from_tf1(changed(TF1_G, path, value), TF1_D))
    assert_named(caught, path)


@pytest.mark.parametrize(("path", "value"), rows(OF_TF1_D))
def test_discriminator_of_tensorflow_1(path, value):
    with pytest.raises(Refused) as caught:
        from_pytorch(*from_tf1(TF1_G, changed(TF1_D, path, value)))
    assert_named(caught, path)


def test_stylegan2_of_tensorflow_1_before_ada():
    """It splits a batch in groups of 4 unless told; with labels its networks are others."""
    g, d = ({**settings, "label_size": 0} for settings in (TF1_G, TF1_D))
    del d["mbstd_group_size"]
    g |= {"synthesis_func": "G_synthesis_stylegan2", "fmap_decay": 1.0, "fmap_min": 1}

    def group(before_ada, **settings):
        return from_pytorch(*from_tf1(g, {**d, **settings}, before_ada)).network.mbstd_group

    assert (group(True), group(False)) == (4, None)
    assert group(True, mbstd_group_size=None) is None
    assert group(True, mbstd_group_size=2) == group(False, mbstd_group_size=2) == 2
    with pytest.raises(Refused, match="label_size=3, whose labels enter in another way"):
        from_tf1(TF1_G, TF1_D, True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("mapping_kwargs.w_avg_beta", 0.9),
        ("mapping_kwargs.embed_features", 16),
        ("mapping_kwargs.layer_features", None),
        ("synthesis_kwargs.fp16_channels_last", True),
        ("synthesis_kwargs.resample_filter", [1, 3, 3, 1]),
        ("synthesis_kwargs.use_noise", True),
        ("z_dim", 12.0),
    ],
)
def test_what_changes_nothing(path, value):
    assert from_pytorch(changed(G, path, value), D) == OF


def test_defaults():
    """What is not said is as both code bases have it."""
    shape = {"c_dim": 0, "img_resolution": 256, "img_channels": 3}
    found = from_pytorch({"z_dim": 512, "w_dim": 512, **shape}, shape).network
    assert (found.num_low_precision, found.conv_clamp) == (4, 256.0)  # of the later code base
    found = from_pytorch(
        {"z_dim": 512, "w_dim": 512, **shape, "synthesis_kwargs": {}}, None
    ).network
    assert (found.num_low_precision, found.conv_clamp) == (0, None)
    assert (found.mapping_layers, found.channel_base, found.channel_max) == (8, 32768, 512)
    assert (found.generator_architecture, found.discriminator_architecture) == ("skip", "resnet")
    found = from_pytorch(*from_tf1({}, {}))
    assert (found.shape.hwc, found.num_classes) == ((1024, 1024, 3), 0)
    network = found.network
    assert (network.z_dim, network.w_dim, network.mapping_layers) == (512, 512, 8)
    assert (network.channel_base, network.channel_max, network.mbstd_group) == (32768, 512, None)
    assert network.discriminator_mapping_layers == 0
    assert network.discriminator_mapping_lr == 0.1
