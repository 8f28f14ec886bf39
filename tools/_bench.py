"""What the benchmarks share: flags, images, and the trainer those flags ask for."""

import json
import os
import pathlib

from absl import flags

from ada_tf.files import write_text

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", "auto", "A preset of ada-train.")
flags.DEFINE_integer("resolution", 256, "Side of the images.")
flags.DEFINE_integer("channels", 3, "1 or 3.")
flags.DEFINE_string("json", None, "Write the figures here as well.")
NETWORK = ("channel_base", "channel_max", "z_dim", "w_dim", "mapping_layers")


def define_training_flags() -> None:
    """Flags of `trainer`."""
    flags.DEFINE_integer("batch", None, "Images per iteration; default by the preset.")
    flags.DEFINE_float("p", 0.3, "Augmentation probability.")
    flags.DEFINE_string("augpipe", "bgc", "Augmentations.")
    flags.DEFINE_float(
        "pl_weight", None, "Weight of path length regularisation; default by the preset."
    )
    flags.DEFINE_string(
        "precision", None, "float32, float16 or bfloat16 in the highest resolutions."
    )
    flags.DEFINE_integer("num_low_precision", None, "How many resolutions that is.")
    for name in NETWORK:
        flags.DEFINE_integer(name, None, "Of the networks; default by the preset.")
    flags.DEFINE_boolean("tf32", True, "Float32 products in TF32 on a GPU, as ada-train.")
    flags.DEFINE_list("phases", None, "These phases only, e.g. Gmain,Dreg.")


def random_dataset(resolution, channels, count=512, seed=0):
    """Noise images in memory: the pipeline does its real work, the images do not matter."""
    import numpy as np

    from ada_tf.data import ImageDataset
    from ada_tf.data.stores import ResidentImages

    images = np.random.RandomState(seed).randint(
        0, 256, [count, resolution, resolution, channels], np.uint8
    )
    store = ResidentImages.from_array(images)
    return ImageDataset("noise", store, np.arange(count), np.zeros(count, bool))


def write_images(folder: pathlib.Path, count: int, resolution: int) -> None:
    """Smooth random colours, as easy to decode as photographs."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    folder.mkdir()
    for i in range(count):
        image = Image.fromarray(rng.integers(0, 256, [8, 8, 3], np.uint8))
        image.resize([resolution, resolution]).save(folder / f"{i:04d}.jpg")


def trainer(xla: str):
    """The model that the flags ask for, ready to train; the data set and the configuration."""
    import tensorflow as tf

    from ada_tf.data import DataConfig
    from ada_tf.training.presets import preset
    from ada_tf.training.session import build_model

    tf.config.experimental.enable_tensor_float_32_execution(FLAGS.tf32)
    dataset = random_dataset(FLAGS.resolution, FLAGS.channels)
    batch = {} if FLAGS.batch is None else {"batch": FLAGS.batch, "batch_gpu": FLAGS.batch}
    overrides = {
        "augment": {"mode": "fixed", "p": FLAGS.p, "pipe": FLAGS.augpipe},
        "xla": xla,
        **batch,
    }
    if FLAGS.pl_weight is not None:
        overrides["loss"] = {"pl_weight": FLAGS.pl_weight}
    network = {"precision": FLAGS.precision, "num_low_precision": FLAGS.num_low_precision}
    if FLAGS.precision == "float32":
        network = {"num_low_precision": 0}
    network |= {name: FLAGS[name].value for name in NETWORK}
    overrides["network"] = {k: v for k, v in network.items() if v is not None}
    config = preset(
        FLAGS.preset, data=DataConfig(resolution=FLAGS.resolution), dataset=dataset, **overrides
    )
    model = build_model(config, dataset)
    model.make_train_function()
    return model, dataset, config


def due(step):
    """(phase, function) of those phases of a `Step` that --phases leaves."""
    both = zip(step.phases, step.functions, strict=True)
    return [(p, f) for p, f in both if not FLAGS.phases or p.name in FLAGS.phases]


def device_name() -> str:
    """The card, or how many cores."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return f"{os.cpu_count()} CPU cores"
    return tf.config.experimental.get_device_details(gpus[0])["device_name"]


def write_json(figures) -> None:
    """Write what --json asks for, in one piece; again when there is more."""
    if FLAGS.json:
        write_text(FLAGS.json, json.dumps(figures, indent=1))
