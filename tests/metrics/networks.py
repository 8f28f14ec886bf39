"""Small feature networks."""

import keras

from ada_tf.metrics.features.feature_network import FeatureNetwork
from ada_tf.metrics.features.networks import NETWORKS


def color_network(name="inception", batch=8, hash_="1" * 64):
    """Features are the mean colours; counts the images it has seen."""
    image = keras.Input([None, None, 3])
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    outputs = {"features": features, "probabilities": keras.layers.Softmax()(features)}
    public = NETWORKS.get(name)
    model = keras.Model(image, outputs)
    network = FeatureNetwork(name, model, hash_, batch=batch, end=public and public.end)
    return Counting(network, model)


class Counting:
    """A network that counts the images it is shown."""

    def __init__(self, network, model=None):
        self._network, self.model, self.seen = network, model, 0

    def __getattr__(self, name):
        return getattr(self._network, name)

    def __call__(self, images):
        self.seen += len(images)
        return self._network(images)
