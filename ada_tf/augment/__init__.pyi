"""Names of ada_tf.augment and their homes; see `ada_tf.door`."""

from ada_tf.augment.callback import AdaCallback as AdaCallback
from ada_tf.augment.control import next_p as next_p
from ada_tf.augment.control import rt as rt
from ada_tf.augment.control import rv as rv
from ada_tf.augment.controller import AdaController as AdaController
from ada_tf.augment.layer import AdaptiveAugmentation as AdaptiveAugmentation
from ada_tf.augment.methods import LeCam as LeCam
from ada_tf.augment.methods import consistency as consistency
from ada_tf.augment.methods import pseudo_reals as pseudo_reals
from ada_tf.augment.named_policies import POLICIES as POLICIES
from ada_tf.augment.named_policies import add_policy as add_policy
from ada_tf.augment.pipeline import apply as apply
from ada_tf.augment.policy import AugmentPolicy as AugmentPolicy
from ada_tf.augment.policy import get_policy as get_policy
from ada_tf.augment.random_params import AugmentParams as AugmentParams
from ada_tf.augment.random_params import sample_params as sample_params
from ada_tf.augment.second_derivatives import check_discriminator as check_discriminator
from ada_tf.augment.transform_row import Transform as Transform
from ada_tf.augment.transforms import TRANSFORMS as TRANSFORMS
from ada_tf.augment.transforms import add_transform as add_transform
