"""Names of ada_tf.metrics and their homes, for editors, type checkers and `ada_tf.door`."""

from ada_tf.metrics.features.feature_network import FeatureNetwork as FeatureNetwork
from ada_tf.metrics.features.feature_network import load_network as load_network
from ada_tf.metrics.features.networks import Network as Network
from ada_tf.metrics.features.networks import WeightFile as WeightFile
from ada_tf.metrics.images.any_images import images_of as images_of
from ada_tf.metrics.images.images import Images as Images
from ada_tf.metrics.kinds import MetricKind as MetricKind
from ada_tf.metrics.measures.estimate import Estimate as Estimate
from ada_tf.metrics.score_callback import ScoreCallback as ScoreCallback
from ada_tf.metrics.scores import density_and_coverage as density_and_coverage
from ada_tf.metrics.scores import fid as fid
from ada_tf.metrics.scores import find_copies as find_copies
from ada_tf.metrics.scores import inception_scores as inception_scores
from ada_tf.metrics.scores import intra_cluster_lpips as intra_cluster_lpips
from ada_tf.metrics.scores import kid as kid
from ada_tf.metrics.scores import memorisation as memorisation
from ada_tf.metrics.scores import precision_and_recall as precision_and_recall
from ada_tf.metrics.scores import score as score
