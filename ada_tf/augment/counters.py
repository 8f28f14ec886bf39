"""Variables that count in compiled code and on replicas, without waiting for one another."""

import tensorflow as tf


def per_replica(value, name, aggregation):
    """A variable of which each replica has its own copy, also in compiled code."""
    return tf.Variable(
        value,
        trainable=False,
        name=name,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=aggregation,
    )


def sums(count, name):
    """Sums: each replica adds to its own copy; reading adds the copies."""
    return per_replica(tf.zeros([count]), name, tf.VariableAggregation.SUM)


def of_first_replica(value, name):
    """Reading takes the copy of the first replica."""
    return per_replica(value, name, tf.VariableAggregation.ONLY_FIRST_REPLICA)
