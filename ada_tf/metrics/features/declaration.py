"""Which network is meant, without TensorFlow: a public one, one of yours, or a file that declares one."""

from ada_tf.metrics.features import networks


def chosen(features):
    """What metrics are named after: see `names.parse_metric`.

    Args:
        features: None, the name of a network of `networks`, or what has a name, an end and outputs.

    Raises:
        UserError: there is no such network.
    """
    return networks.network(features) if isinstance(features, str) else features


def meant(name: str, features):
    """What `registry.load_network` is to load for a metric's network, after `chosen`."""
    own = features is not None and name == features.name and name not in networks.NETWORKS
    return features if own else name
