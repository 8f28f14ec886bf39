from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.names import parse_metrics
from ada_tf.metrics.report import gaps


def scores(names, values, errors):
    return [
        Score(m, {m.keys[0]: value}, 1.0, "words", {} if error is None else {m.keys[0]: error})
        for m, value, error in zip(parse_metrics(names), values, errors, strict=True)
    ]


def test_held_out_minus_training_of_the_same_metric():
    names = "kid1k_held_lite0,kid1k_train_lite0,kid1k_train,kid2k_held_lite0,fid1k_held_lite0"
    found = gaps(scores(names, [5.0, 3.0, 9.0, 9.0, 9.0], [0.3, 0.4, 1, 1, 1]))
    assert found == {"kid1k_held_lite0": Estimate(2.0, 0.5)}


def test_no_error_where_one_is_not_known():
    found = gaps(scores("kid1k_held,kid1k_train", [5.0, 3.0], [0.3, None]))
    assert found == {"kid1k_held": Estimate(2.0, None)}
