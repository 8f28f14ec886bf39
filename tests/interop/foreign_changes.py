"""Changes of the graph of an honest SavedModel that make it ask for more than to compute."""

import tensorflow as tf


def library(meta_graph):
    return meta_graph.graph_def.library


def saver(meta_graph):
    """The function that writes variables, and a function that serves."""
    functions = library(meta_graph).function
    writer = next(f for f in functions if any(n.op == "SaveV2" for n in f.node_def))
    served = next(f for f in functions if f.signature.name.startswith("__inference_serve"))
    return writer, served


def rename_operation(name):
    def change(meta_graph):
        next(n for n in saver(meta_graph)[1].node_def if n.op == "MatMul").op = name

    return change


def unused_function(meta_graph):
    library(meta_graph).function.add().node_def.add(name="x", op="WriteFile")


def outer_graph(meta_graph):
    meta_graph.graph_def.node.add(name="main_op", op="WriteFile")


def call_the_saver(meta_graph):
    writer, served = saver(meta_graph)
    node = served.node_def.add(name="x", op="PartitionedCall")
    node.attr["f"].func.name = writer.signature.name


def branch_to_the_saver(meta_graph):
    writer, served = saver(meta_graph)
    node = served.node_def.add(name="x", op="Case")
    node.attr["branches"].list.func.add().name = writer.signature.name


def inner_attribute_names_the_saver(meta_graph):
    writer, served = saver(meta_graph)
    node = served.node_def.add(name="x", op="PartitionedCall")
    node.attr["f"].func.name = served.signature.name
    node.attr["f"].func.attr["g"].func.name = writer.signature.name


def serve_the_saver(meta_graph):
    writer, _ = saver(meta_graph)
    meta_graph.object_graph_def.concrete_functions[writer.signature.name].SetInParent()


def differentiate_by_the_saver(meta_graph):
    writer, served = saver(meta_graph)
    library(meta_graph).gradient.add(
        function_name=served.signature.name, gradient_func=writer.signature.name
    )


def register_the_saver(meta_graph):
    library(meta_graph).registered_gradients.add(
        gradient_func=saver(meta_graph)[0].signature.name, registered_op_type="x"
    )


def stand_in(meta_graph):
    saver(meta_graph)[0].attr["api_implements"].s = b"gru"


def shadow(meta_graph):
    saver(meta_graph)[0].signature.name = "MatMul"


def missing_function(meta_graph):
    node = saver(meta_graph)[1].node_def.add(name="x", op="PartitionedCall")
    node.attr["f"].func.name = "WriteFile"


def first_object(meta_graph):
    return meta_graph.object_graph_def.nodes[0]


def optimizer(meta_graph):
    first_object(meta_graph).user_object.identifier = "optimizer"


def registered(meta_graph):
    first_object(meta_graph).registered_name = "evil.Class"


def resource(meta_graph):
    first_object(meta_graph).resource.device = ""


def no_kind(meta_graph):
    first_object(meta_graph).Clear()


def restores_itself(meta_graph):
    first_object(meta_graph).saveable_objects["x"].save_function = 0


def own_saver(meta_graph):
    first_object(meta_graph).registered_saver = "x"


def constant(dtype, *sides):
    def change(meta_graph):
        tensor = saver(meta_graph)[1].node_def.add(name="x", op="Const").attr["value"].tensor
        tensor.dtype = dtype.as_datatype_enum
        for side in sides:
            tensor.tensor_shape.dim.add(size=side)

    return change


def constant_in_a_signature(meta_graph):
    function = next(iter(meta_graph.object_graph_def.concrete_functions.values()))
    tensor = function.output_signature.tensor_spec_value
    bounded = function.canonicalized_input_signature.bounded_tensor_spec_value
    bounded.minimum.dtype = tf.float32.as_datatype_enum
    bounded.minimum.tensor_shape.dim.add(size=2**40)
    tensor.SetInParent()


def many_nodes(meta_graph):
    for _ in range(70_000):
        meta_graph.graph_def.node.add(op="NoOp")


CHANGED = {
    **{
        f"the operation {name}": rename_operation(name)
        for name in (
            "XlaCustomCallV2", "XlaCallModule", "XlaHostCompute", "TPUReplicate", "TPUCompile",
            "RemoteCall", "RpcCall", "CollectiveReduceV2", "Save", "SaveSlices", "Restore", "Print",
            "WriteAudioSummary", "GeneratorDataset", "PyFuncStateless", "SymbolicGradient", "MapDefun",
            "DebugNanCount", "ReaderReadV2", "InitializeTableFromTextFileV2", "SqlDataset", "EvilOp",
            "_Send", "_HostRecv", "ImmutableConst", "BigQueryReader", "TRTEngineOp",
        )
    },
    "the operation WriteFile (unused)": unused_function,
    "the operation WriteFile (outer graph)": outer_graph,
    "the operation ShardedFilename (called)": call_the_saver,
    "the operation ShardedFilename (branch)": branch_to_the_saver,
    "the operation ShardedFilename (inner)": inner_attribute_names_the_saver,
    "the operation ShardedFilename (served)": serve_the_saver,
    "the operation ShardedFilename (gradient)": differentiate_by_the_saver,
    "the operation ShardedFilename (registered)": register_the_saver,
    "a saver that stands in for something else": stand_in,
    "a function by the name of the operation MatMul": shadow,
    "the function WriteFile, which it does not hold": missing_function,
    "an object of the class optimizer": optimizer,
    "an object of the kind evil.Class": registered,
    "an object of the kind resource": resource,
    "an object of the kind None": no_kind,
    "an object that restores itself": restores_itself,
    "an object that restores itself (saver)": own_saver,
    "constants of more than": constant(tf.float32, 2**40),
    "constants of more than (product)": constant(tf.int8, 2**20, 2**20, 2**20),
    "constants of more than (signature)": constant_in_a_signature,
    "a constant of type float32 and shape .-1": constant(tf.float32, -1),
    "a constant of type variant": constant(tf.variant, 1),
    "a constant of type resource": constant(tf.resource, 1),
    "more than 65536 nodes": many_nodes,
}  # fmt: skip
