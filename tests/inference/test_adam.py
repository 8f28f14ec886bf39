import keras
import numpy as np
import tensorflow as tf

from ada_tf.inference import projection


def test_as_keras_does_it():
    start = tf.constant([1.0, -2.0, 3.0])
    theirs = keras.Variable(start)
    optimizer = keras.optimizers.Adam(0.1, 0.9, 0.999, epsilon=1e-8)
    ours, moments = start, projection.adam_start([start])
    for step in range(1, 6):
        gradient = tf.square(ours) * [1.0, 0.1, -10.0]
        optimizer.apply([gradient], [theirs])
        changes, moments = projection.adam_update(
            [gradient], moments, tf.constant(float(step)), 0.1
        )
        ours = ours - changes[0]
        np.testing.assert_allclose(ours, theirs.value, rtol=1e-5)


def test_the_first_step_is_the_learning_rate():
    gradients = [tf.constant([5.0, -0.001])]
    changes, _ = projection.adam_update(
        gradients, projection.adam_start(gradients), tf.constant(1.0), 0.3
    )
    np.testing.assert_allclose(changes[0], [0.3, -0.3], rtol=1e-4)
