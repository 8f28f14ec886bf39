"""What a .keras file of a stranger may consist of: built-in classes of Keras that compute.

Whatever is not listed is missing: layers that hold Python (Lambda), other programs (TFSMLayer,
TorchModuleWrapper), that open files (StringLookup, TextVectorization), and functions by name, such
as keras.utils.get_file. Names are those of `keras.layers` and so on.
"""

_LAYERS = """
Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
AdaptiveMaxPooling1D AdaptiveMaxPooling2D Add AdditiveAttention AlphaDropout Attention Average
AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization CenterCrop Concatenate Conv1D
Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose Cropping1D Cropping2D Cropping3D Dense
DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GaussianDropout
GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention
Identity InputLayer LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D MaxPooling3D Maximum
Minimum MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization ReLU RepeatVector
Rescaling Reshape Resizing SeparableConv1D SeparableConv2D Softmax SpatialDropout1D SpatialDropout2D
SpatialDropout3D SpectralNormalization Subtract UnitNormalization UpSampling1D UpSampling2D
UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""

_INITIALIZERS = """
Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones
Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
"""

_OF_ARRAYS = """
Abs Absolute Add AddN Arctan Arctan2 BroadcastTo Ceil Clip Concatenate Cos Divide Dot Einsum Exp
Expm1 ExpandDims Flip Floor GetItem Linspace Log Log1p Matmul Max Maximum Mean Min Minimum Moveaxis
Multiply Negative Pad Power Prod Ravel Reciprocal Repeat Reshape Roll Round Sign Sin Split Sqrt
Square Squeeze Stack Std Subtract Sum Swapaxes Take Tan Tanh Tensordot Tile Transpose TrueDivide Var
Where
"""

_OF_NETWORKS = """
AveragePool BatchNorm Celu Conv ConvTranspose DepthwiseConv Elu Gelu Glu HardSigmoid HardSilu
HardTanh LayerNorm LeakyRelu LogSigmoid LogSoftmax MaxPool Moments Normalize OneHot RMSNorm Relu
Relu6 Selu SeparableConv Sigmoid Silu Softmax Softplus Softsign
"""

# Module -> its classes. Models and operations are stored by where they are, not by their public names.
ALLOWED = {
    "keras": {"Sequential", "DTypePolicy"},
    "keras.constraints": {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"},
    "keras.initializers": set(_INITIALIZERS.split()),
    "keras.layers": set(_LAYERS.split()),
    "keras.regularizers": {"L1", "L1L2", "L2", "OrthogonalRegularizer"},
    "keras.src.models.functional": {"Functional"},
    "keras.src.ops.core": {"Cast"},
    "keras.src.ops.image": {"Resize"},
    "keras.src.ops.math": {"Logsumexp", "Rsqrt"},
    "keras.src.ops.nn": set(_OF_NETWORKS.split()),
    "keras.src.ops.numpy": set(_OF_ARRAYS.split()),
}

# What is no object but a value in the configuration: how layers are connected, a slice of an array.
VALUES = {"__keras_tensor__", "__slice__", "__ellipsis__"}
