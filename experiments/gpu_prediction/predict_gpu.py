"""Compile a training iteration for an H100 on a machine that has none, and predict its time.

    pip install "jax[cuda12]==0.9.0"      # for XLA's compiler; nothing of it runs
    python -m experiments.gpu_prediction.predict_gpu --resolution=256 --batch=16 --p=0.3

For each phase: the CPU seconds that XLA takes (trying algorithms on a card comes on top),
kernels, distinct convolutions (each is tuned once), memory, arithmetic and traffic, and a time by
`hlo_model.py`. A prediction: it ranks programs, and no figure of it was measured on a card.
"""

import glob
import importlib.util
import os
import re
import tempfile
import time

from absl import flags

from ada_tf.cli import _program
from ada_tf.ops import choice
from experiments.gpu_prediction import hlo_model
from tools._bench import define_training_flags, due, trainer, write_json

FLAGS = flags.FLAGS
define_training_flags()
flags.DEFINE_integer("top", 0, "List this many of the slowest steps that are no convolutions.")
flags.DEFINE_string("xla_flags", "", "Further flags of the compiler.")

# The card as XLA describes it to itself.
H100 = """
gpu_device_info {
  threads_per_block_limit: 1024
  threads_per_warp: 32
  shared_memory_per_block: 49152
  shared_memory_per_core: 233472
  threads_per_core_limit: 2048
  core_count: 132
  fpus_per_core: 128
  block_dim_limit_x: 2147483647
  block_dim_limit_y: 65535
  block_dim_limit_z: 65535
  memory_bandwidth: 3352320000000
  l2_cache_size: 52428800
  clock_rate_ghz: 1.98
  device_memory_size: 84929347584
  shared_memory_per_block_optin: 232448
  cuda_compute_capability { major: 9 }
  registers_per_core_limit: 65536
  registers_per_block_limit: 65536
}
platform_name: "CUDA"
dnn_version_info { major: 9 minor: 7 }
runtime_version { major: 12 minor: 8 }
device_description_str: "NVIDIA H100 80GB HBM3"
"""


class Compiler:
    """XLA for the H100, from JAX's plugin."""

    def __init__(self, dump: str, xla_flags: str):
        from ada_tf.training.xla_cache import COMPILER_FLAGS

        nvidia = importlib.util.find_spec("nvidia.cuda_nvcc").submodule_search_locations[0]
        os.environ["XLA_FLAGS"] = (
            f"--xla_gpu_autotune_level=0 --xla_gpu_cuda_data_dir={nvidia} --xla_dump_to={dump} "
            f"{COMPILER_FLAGS} {xla_flags}"
        )
        os.environ["JAX_PLATFORMS"] = "cpu"
        import jax_plugins.xla_cuda12 as plugin
        from jax._src.lib import _jax, xla_client

        api = xla_client.load_pjrt_plugin_dynamically("cuda", str(plugin._get_library_path()))
        xla_client.initialize_pjrt_plugin("cuda")
        topology = xla_client.make_c_api_device_topology(
            api, "", target_config=H100, topology="1x1x1"
        )
        self._devices, self._jax, self._dump = topology._make_compile_only_devices(), _jax, dump

    def __call__(self, hlo: bytes):
        """Compile; returns CPU seconds, memory statistics, and the texts of HLO, PTX and thunks."""
        from jax._src.compiler import get_compile_options
        from jax._src.interpreters import mlir
        from jax._src.lib.mlir import ir

        text = self._jax.mlir.xla_computation_to_mlir_module(self._jax.XlaComputation(hlo))
        text = text.decode() if isinstance(text, bytes) else text
        # TensorFlow's copies at the end of a program are in a dialect that JAX does not read.
        text = re.sub(
            r"mhlo\.copy (%[\w#]+) : (tensor<[^>]*>)", r"stablehlo.reshape \1 : (\2) -> \2", text
        )
        with mlir.make_ir_context():
            module = ir.Module.parse(text)
            begin = time.process_time()
            program = self._devices[0].client.compile(
                module, self._jax.DeviceList(tuple(self._devices[:1])), get_compile_options(1, 1)
            )
            seconds = time.process_time() - begin
        texts = [
            program.hlo_modules()[0].to_string(),
            self._take("ptx"),
            self._take("thunk_sequence.txt"),
        ]
        for path in glob.glob(f"{self._dump}/*"):
            os.remove(path)
        return seconds, program.get_compiled_memory_stats(), texts

    def _take(self, ending):
        (path,) = glob.glob(f"{self._dump}/*.{ending}")
        with open(path) as f:
            return f.read()


def main(argv):
    """Flags to figures."""
    import tensorflow as tf

    choice.on_gpu = choice.multiplies_float16 = lambda: True  # what the networks compute in
    model, dataset, config = trainer("on")
    element = next(iter(dataset.batches(config.batch)))
    figures, tuned = {}, set()
    totals = {"ms": 0.0, "pessimistic_ms": 0.0, "kernels": 0.0}
    with tempfile.TemporaryDirectory() as dump:
        compiler = Compiler(dump, FLAGS.xla_flags)
        for phase, function in due(model.step):
            arguments = element["images"], element["labels"], tf.zeros([1, 2], tf.int32), {}
            hlo = function.experimental_get_compiler_ir(*arguments)(stage="hlo_serialized")
            seconds, memory, texts = compiler(hlo)
            figures[phase.name], keys, costs = report(seconds, memory, texts)
            figures[phase.name]["convolutions_to_tune"] = len(keys - tuned)
            tuned |= keys
            for name in totals:
                totals[name] += figures[phase.name][name] / phase.every(config.loss)
            print(phase.name, figures[phase.name], flush=True)
            slowest = sorted(
                (c for c in costs if c.limit != "convolution"), key=lambda c: -c.seconds
            )
            for cost in slowest[: FLAGS.top]:
                print(
                    f"  {cost.seconds * 1e3:7.3f} ms {cost.limit:12s} {cost.instruction.source[-90:]}"
                )
    summary = {
        "iteration_ms": round(totals["ms"], 1),
        "iteration_pessimistic_ms": round(totals["pessimistic_ms"], 1),
        "iteration_kernels": round(totals["kernels"]),
        "sec_per_kimg": round(totals["ms"] / config.batch, 2),
        "pessimistic_sec_per_kimg": round(totals["pessimistic_ms"] / config.batch, 2),
    }
    figures |= summary
    print(summary)
    write_json(figures)


def report(seconds, memory, texts):
    """Figures of one phase, the convolutions it tunes, and the costs of its steps."""
    costs = hlo_model.costs(*texts)
    convolutions = [hlo_model.convolution(c.instruction) for c in costs]
    convolutions = [c for c in convolutions if c]
    ms = {limit: 1e3 * sum(c.seconds for c in costs if c.limit == limit)
          for limit in ("convolution", "memory", "instructions")}  # fmt: skip
    figures = {
        "ms": round(sum(ms.values()), 2), "ms_by_limit": {k: round(v, 2) for k, v in ms.items()},
        "pessimistic_ms": round(sum(c.pessimistic for c in costs) * 1e3, 2),
        "compile_cpu_s": round(seconds, 1), "kernels": len(costs), "convolutions": len(convolutions),
        "conv_tflop": round(sum(c[0] for c in convolutions) / 1e12, 2),
        "gbytes": round(sum(c.instruction.bytes for c in costs) / 1e9, 1),
        "temporary_gb": round(memory.temp_size_in_bytes / 1e9, 2),
        "state_gb": round(memory.argument_size_in_bytes / 1e9, 2),
    }  # fmt: skip
    return figures, {c[2] for c in convolutions}, costs


if __name__ == "__main__":
    _program.run_tool(main)
