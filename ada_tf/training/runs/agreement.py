"""What must be the same: settings and images on all machines, images all through a run."""

import json

from ada_tf.errors import UserError
from ada_tf.settings import differences, from_dict, tell, to_dict
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import TrainingData

# Settings in which machines that train together may differ: where the same images are, and what the
# fingerprint of these tells.
FREE = ("data.source", "data.data_dir", "data.cache_dir", "class_names")


def machines_agree(cluster, config: RunConfig, data: TrainingData) -> None:
    """Machines that train together must have one configuration and the same images.

    Only where the data and their caches are may differ.

    Raises:
        UserError: this machine, or another one, differs from the chief.
    """
    ours = {"config": to_dict(config), "data": data._asdict()}
    theirs = json.loads(cluster.from_chief(json.dumps(ours)))
    chiefs = from_dict(RunConfig, theirs["config"])
    differing = [d for d in differences(config, chiefs) if d.path not in FREE]
    found = [tell(differing)] if differing else []
    if data != TrainingData(**theirs["data"]):
        found.append(
            f"data: {data.images} images here, {theirs['data']['images']} other ones there"
        )
    cluster.agree("; ".join(found))


def check_images(ours: TrainingData, theirs: TrainingData, name, accept: bool, log) -> None:
    """Refuse to continue a run with other images than it had.

    Raises:
        UserError: the images differ, and `accept` is not given.
    """
    if ours == theirs:
        return
    change = f"{name} has {ours.images} images now, {theirs.images} when this run was saved"
    if ours.images == theirs.images:
        change = f"{name} has {ours.images} other images now than when this run was saved"
    if not accept:
        raise UserError(
            f"{change}; give --accept_changed_data to go on with them, or --restart to open a new"
            " run."
        )
    log(f"Warning: {change}; going on with them.")
