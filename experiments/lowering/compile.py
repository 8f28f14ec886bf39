"""Compile the programs that `lower.py --dump` wrote for cards and a TPU that are not here, and count.

    pip install "jax[cuda12]==0.9.0"                  # XLA for GPUs
    python -m experiments.lowering.compile --target=h100 FOLDER/*.pb
    pip install jax==0.10.2 libtpu==0.0.52            # elsewhere: XLA for TPUs
    python -m experiments.lowering.compile --target=v5e FOLDER/*.pb

One process at a time: libtpu locks. No TensorFlow here; what is printed stands in README.md.
"""

import argparse
import glob
import importlib.util
import os
import pathlib
import re
import tempfile
import time

from experiments.gpu_prediction import hlo_model

# Cards as XLA describes them to itself, by NVIDIA's data sheets and occupancy tables: compute
# capability, multiprocessors, lanes of one, its threads and shared memory, of that for one block,
# second-level cache, memory, memory's rate, clock in GHz.
CARDS = {
    "h100": ("9.0", 132, 128, 2048, 233472, 232448, 52428800, 84929347584, 3352320000000, 1.98),
    "a100": ("8.0", 108, 64, 2048, 167936, 166912, 41943040, 42405855232, 1555200000000, 1.41),
    "4090": ("8.9", 128, 128, 1536, 102400, 101376, 75497472, 25386352640, 1008000000000, 2.52),
    "t4": ("7.5", 40, 64, 1024, 65536, 65536, 4194304, 15843721216, 320064000000, 1.59),
}
_CARD = """
gpu_device_info {{
  threads_per_block_limit: 1024 threads_per_warp: 32 shared_memory_per_block: 49152
  shared_memory_per_core: {4} threads_per_core_limit: {3} core_count: {1} fpus_per_core: {2}
  block_dim_limit_x: 2147483647 block_dim_limit_y: 65535 block_dim_limit_z: 65535
  memory_bandwidth: {8} l2_cache_size: {6} clock_rate_ghz: {9} device_memory_size: {7}
  shared_memory_per_block_optin: {5}
  cuda_compute_capability {{ major: {major} minor: {minor} }}
  registers_per_core_limit: 65536 registers_per_block_limit: 65536
}}
platform_name: "CUDA"
dnn_version_info {{ major: 9 minor: 7 }}
runtime_version {{ major: 12 minor: 8 }}
device_description_str: "{name}"
"""


def devices_of(target: str, dump: str):
    """Devices that only compile."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    if target == "v5e":
        from jax.experimental import topologies

        return topologies.get_topology_desc(platform="tpu", topology_name="v5e:2x2x1").devices
    nvidia = importlib.util.find_spec("nvidia.cuda_nvcc").submodule_search_locations[0]
    # Without Triton's products, as `ada_tf.training.xla_cache` sets it.
    os.environ["XLA_FLAGS"] = (
        f"--xla_gpu_autotune_level=0 --xla_gpu_cuda_data_dir={nvidia} --xla_dump_to={dump}"
        " --xla_gpu_enable_triton_gemm=false"
    )
    import jax_plugins.xla_cuda12 as plugin
    from jax._src.lib import xla_client

    api = xla_client.load_pjrt_plugin_dynamically("cuda", str(plugin._get_library_path()))
    xla_client.initialize_pjrt_plugin("cuda")
    major, minor = CARDS[target][0].split(".")
    card = _CARD.format(*CARDS[target], major=major, minor=minor, name=target)
    topology = xla_client.make_c_api_device_topology(api, "", target_config=card, topology="1x1x1")
    return topology._make_compile_only_devices()


def compiled(devices, hlo: bytes):
    """The program that XLA makes of another."""
    from jax._src.compiler import get_compile_options
    from jax._src.interpreters import mlir
    from jax._src.lib import _jax, xla_client
    from jax._src.lib.mlir import ir

    computation = getattr(xla_client, "XlaComputation", None) or _jax.XlaComputation
    text = _jax.mlir.xla_computation_to_mlir_module(computation(hlo))
    text = text.decode() if isinstance(text, bytes) else text
    # TensorFlow's copies at the end of a program are in a dialect that JAX does not read.
    text = re.sub(
        r"mhlo\.copy (%[\w#]+) : (tensor<[^>]*>)", r"stablehlo.reshape \1 : (\2) -> \2", text
    )
    with mlir.make_ir_context():
        return devices[0].client.compile(
            ir.Module.parse(text), _jax.DeviceList(tuple(devices[:1])), get_compile_options(1, 1)
        )


def figures(program, dump: str, target: str) -> dict:
    """What the program asks of its device."""
    hlo = program.hlo_modules()[0].to_string()
    temporary = program.get_compiled_memory_stats().temp_size_in_bytes
    gathers = len(re.findall(r" gather\(", hlo))
    if target == "v5e":
        cost = program.cost_analysis()
        cost = cost[0] if isinstance(cost, list) else cost
        kernels = len(re.findall(r" (?:fusion|convolution|copy)\(", hlo[hlo.index("\nENTRY") :]))
        return {
            "kernels": kernels,
            "gathers": gathers,
            "GB": round(cost["bytes accessed"] / 1e9, 2),
            "GFLOP": round(cost["flops"] / 1e9, 1),
            "temporary MB": round(temporary / 1e6),
        }
    (path,) = glob.glob(f"{dump}/*.thunk_sequence.txt")
    thunks = re.findall(r"^\d+: k(\w+)", pathlib.Path(path).read_text(), re.MULTILINE)
    steps = _steps(hlo)
    convolved = [hlo_model.convolution(step) for step in steps]
    found = {
        "kernels": sum(kind in ("Kernel", "Convolution", "Gemm", "Copy") for kind in thunks),
        "convolutions": thunks.count("Convolution"),
        "half": sum(c[1] != "f32" for c in convolved if c),
        "products": thunks.count("Gemm"),
        "gathers": gathers,
        "GB": round(sum(step.bytes for step in steps) / 1e9, 2),
        "temporary MB": round(temporary / 1e6),
    }
    if target == "h100":  # the model's rates are those of this card
        found["ms"] = round(1e3 * sum(map(_seconds, steps, convolved)), 2)
    return found


def _steps(hlo: str) -> list:
    """Steps of the program and of its branches, those of p above 0."""
    branches = re.findall(r"(?:true_computation|false_computation)=%?([\w.\-]+)", hlo)
    for names in re.findall(r"branch_computations=\{([^}]*)\}", hlo):
        branches += [name.strip(" %") for name in names.split(",")]
    bodies = [hlo[hlo.index("\nENTRY") :]]
    bodies += [hlo[hlo.index(f"\n%{name} (") :].split("\n}")[0] for name in branches]
    return [step for body in bodies for step in hlo_model.instructions("\nENTRY" + body)]


def _seconds(step, convolved) -> float:
    """The model without the instructions of kernels."""
    arithmetic = convolved[0] / hlo_model.CONV_RATE[convolved[1]] if convolved else 0.0
    return max(step.bytes / hlo_model.MEMORY_RATE, hlo_model.LAUNCH, arithmetic)


def main():
    """Compile the files, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--target", choices=[*CARDS, "v5e"], default="h100")
    parser.add_argument("programs", nargs="+", type=pathlib.Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as dump:
        devices = devices_of(given.target, dump)
        for path in given.programs:
            begin = time.process_time()
            program = compiled(devices, path.read_bytes())
            found = figures(program, dump, given.target)
            seconds = time.process_time() - begin
            print(given.target, path.stem, found, f"{seconds:.0f} CPU s", flush=True)
            for file in glob.glob(f"{dump}/*"):
                os.remove(file)


if __name__ == "__main__":
    main()
