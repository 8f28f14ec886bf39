"""Scores of generators, and copies among what they make: of ours, and of any other.

metrics.kid(generator, photos)  # Estimate(value=0.012, error=0.003)
metrics.score("fakes/", "photos/", "kid,pr", features="mobilenet")
"""

import typing

from ada_tf.door import door

if typing.TYPE_CHECKING:
    from ada_tf.metrics.features.feature_network import FeatureNetwork, load_network
    from ada_tf.metrics.images.any_images import images_of
    from ada_tf.metrics.images.pictures import Pictures
    from ada_tf.metrics.measures.estimate import Estimate
    from ada_tf.metrics.score_callback import ScoreCallback
    from ada_tf.metrics.scores import (
        density_and_coverage,
        fid,
        find_copies,
        inception_scores,
        intra_cluster_lpips,
        kid,
        memorisation,
        precision_and_recall,
        score,
    )

__all__ = [
    "Estimate",
    "FeatureNetwork",
    "Pictures",
    "ScoreCallback",
    "density_and_coverage",
    "fid",
    "find_copies",
    "images_of",
    "inception_scores",
    "intra_cluster_lpips",
    "kid",
    "load_network",
    "memorisation",
    "precision_and_recall",
    "score",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "measures.estimate": ("Estimate",),
        "features.feature_network": ("FeatureNetwork", "load_network"),
        "images.any_images": ("images_of",),
        "images.pictures": ("Pictures",),
        "score_callback": ("ScoreCallback",),
        "scores": (
            "density_and_coverage",
            "fid",
            "find_copies",
            "inception_scores",
            "intra_cluster_lpips",
            "kid",
            "memorisation",
            "precision_and_recall",
            "score",
        ),
    },
)
