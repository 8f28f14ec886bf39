"""Pure functions on tensors. Images and activations are NHWC everywhere."""

from ada_tf.ops.bias_act import ACTIVATIONS as ACTIVATIONS
from ada_tf.ops.bias_act import bias_act as bias_act
from ada_tf.ops.choice import folded_convolutions as folded_convolutions
from ada_tf.ops.conv import at_least_float32 as at_least_float32
from ada_tf.ops.conv import conv2d_resample as conv2d_resample
from ada_tf.ops.conv import grouped_conv2d as grouped_conv2d
from ada_tf.ops.conv import modulated_conv2d as modulated_conv2d
from ada_tf.ops.fir import downsample2d as downsample2d
from ada_tf.ops.fir import make_filter as make_filter
from ada_tf.ops.fir import upsample2d as upsample2d
from ada_tf.ops.graph import graph as graph
from ada_tf.ops.graph import tf32 as tf32
from ada_tf.ops.graph import without_remapper as without_remapper
