"""The operations of TensorFlow that a generator may consist of: functions of tensors, nothing else.

Everything that knows files, machines, data sets, Python or time is missing, and so is whatever is
not listed: new operations, and those of libraries. Names are those of `tf.raw_ops`.
"""

_STRUCTURE = """
Assert Case CheckNumerics CheckNumericsV2 Const EnsureShape Identity IdentityN If NoOp
PartitionedCall Placeholder PlaceholderWithDefault PreventGradient StatefulPartitionedCall
StatelessCase StatelessIf StatelessWhile StopGradient While
"""

_VARIABLES = """
AssignAddVariableOp AssignSubVariableOp AssignVariableOp DisableCopyOnRead ReadVariableOp
ResourceGather ResourceGatherNd VarHandleOp VarIsInitializedOp VariableShape
"""

_LISTS = """
EmptyTensorList TensorListConcatLists TensorListConcatV2 TensorListElementShape
TensorListFromTensor TensorListGather TensorListGetItem TensorListLength TensorListPopBack
TensorListPushBack TensorListReserve TensorListResize TensorListScatterIntoExistingList
TensorListScatterV2 TensorListSetItem TensorListSplit TensorListStack
"""

_SHAPES = """
BatchToSpace BatchToSpaceND Bitcast BroadcastArgs BroadcastGradientArgs BroadcastTo Cast Concat
ConcatOffset ConcatV2 ConjugateTranspose DepthToSpace Diag DiagPart DynamicPartition DynamicStitch
ExpandDims ExtractImagePatches Fill Gather GatherNd GatherV2 InvertPermutation LinSpace
MatrixBandPart MatrixDiag MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2
MatrixDiagV3 MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 MirrorPad MirrorPadGrad OneHot OnesLike
Pack Pad PadV2 ParallelDynamicStitch Range Rank Reshape Reverse ReverseSequence ReverseV2 Roll
ScatterNd Select SelectV2 Shape ShapeN Size Slice SpaceToBatch SpaceToBatchND SpaceToDepth Split
SplitV Squeeze StridedSlice StridedSliceGrad TensorScatterAdd TensorScatterMax TensorScatterMin
TensorScatterSub TensorScatterUpdate TensorStridedSliceUpdate Tile TopKV2 Transpose Unique UniqueV2
UniqueWithCounts Unpack Where ZerosLike
"""

_ARITHMETIC = """
Abs Acos Acosh Add AddN AddV2 All Angle Any ApproximateEqual ArgMax ArgMin Asin Asinh Atan Atan2
Atanh BesselI0e BesselI1e Betainc BitwiseAnd BitwiseOr BitwiseXor Bucketize Ceil ClipByValue
Complex ComplexAbs Conj Cos Cosh Cross Cumprod Cumsum CumulativeLogsumexp Digamma Div DivNoNan
Equal Erf Erfc Erfinv Exp Expm1 Floor FloorDiv FloorMod Greater GreaterEqual Igamma Igammac Imag
Inv IsFinite IsInf IsNan L2Loss LeftShift Less LessEqual Lgamma Log Log1p LogicalAnd LogicalNot
LogicalOr Max Maximum Mean Min Minimum Mod Mul MulNoNan Ndtri Neg NextAfter NotEqual Polygamma Pow
Prod Real RealDiv Reciprocal ReciprocalGrad RightShift Rint Round Rsqrt RsqrtGrad SegmentMax
SegmentMean SegmentMin SegmentProd SegmentSum Sigmoid SigmoidGrad Sign Sin Sinh Sqrt SqrtGrad
Square SquaredDifference Sub Sum Tan Tanh TanhGrad TruncateDiv TruncateMod UnsortedSegmentMax
UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum Xdivy Xlog1py Xlogy Zeta
"""

_NETWORKS = """
AvgPool AvgPool3D AvgPoolGrad BiasAdd BiasAddGrad BiasAddV1 Conv Conv2D Conv2DBackpropFilter
Conv2DBackpropFilterV2 Conv2DBackpropInput Conv2DBackpropInputV2 Conv3D Conv3DBackpropFilterV2
Conv3DBackpropInputV2 DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter
DepthwiseConv2dNativeBackpropInput Dilation2D Elu EluGrad FusedBatchNorm FusedBatchNormGrad
FusedBatchNormGradV2 FusedBatchNormGradV3 FusedBatchNormV2 FusedBatchNormV3 LRN LeakyRelu
LeakyReluGrad LogSoftmax MaxPool MaxPool3D MaxPoolGrad MaxPoolV2 Relu Relu6 Relu6Grad ReluGrad Selu
SeluGrad Softmax Softplus SoftplusGrad Softsign SoftsignGrad
"""

_ALGEBRA = """
BatchMatMul BatchMatMulV2 BatchMatMulV3 Cholesky Einsum FFT FFT2D FFT3D IFFT IFFT2D IFFT3D IRFFT
IRFFT2D IRFFT3D LogMatrixDeterminant MatMul MatrixDeterminant MatrixInverse MatrixSolve
MatrixTriangularSolve Qr RFFT RFFT2D RFFT3D SelfAdjointEigV2 Svd
"""

_IMAGES = """
AdjustContrastv2 AdjustHue AdjustSaturation CropAndResize EncodePng HSVToRGB
ImageProjectiveTransformV2 ImageProjectiveTransformV3 RGBToHSV ResizeArea ResizeBicubic
ResizeBicubicGrad ResizeBilinear ResizeBilinearGrad ResizeNearestNeighbor
ResizeNearestNeighborGrad ScaleAndTranslate
"""

# Texts: operations that make names of shards, and marks of pictures.
_TEXTS = """
StaticRegexFullMatch StringJoin Substr
"""

_RANDOM = """
Multinomial ParameterizedTruncatedNormal RandomGamma RandomShuffle RandomStandardNormal
RandomUniform RandomUniformInt RngReadAndSkip RngSkip StatefulStandardNormalV2
StatefulTruncatedNormal StatefulUniform StatefulUniformFullInt StatefulUniformInt
StatelessMultinomial StatelessRandomGetAlg StatelessRandomGetKeyCounter
StatelessRandomGetKeyCounterAlg StatelessRandomNormal StatelessRandomNormalV2
StatelessRandomUniform StatelessRandomUniformFullInt StatelessRandomUniformFullIntV2
StatelessRandomUniformInt StatelessRandomUniformIntV2 StatelessRandomUniformV2
StatelessShuffle StatelessTruncatedNormal StatelessTruncatedNormalV2 TruncatedNormal
"""

PURE = frozenset(
    " ".join(
        (
            _STRUCTURE,
            _VARIABLES,
            _LISTS,
            _SHAPES,
            _ARITHMETIC,
            _NETWORKS,
            _ALGEBRA,
            _IMAGES,
            _TEXTS,
            _RANDOM,
        )
    ).split()
)

GRAPH = "saved_model.pb"  # the file of a SavedModel that holds them
# What every SavedModel brings to save and restore its variables; reads and writes any file.
SAVER = frozenset({"MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"})
