"""What tools/bench_suite.py measures, in order of value, should time run out."""

import dataclasses

from _measurement import Measurement

TRAIN = "tools/bench_train.py --json={json} --p=0.3"
AT_256 = f"{TRAIN} --resolution=256 --batch=16"
ADA_TRAIN = "tools/bench_ada_train.py --json={json} --resolution=256 --kimg=16"
# Parts of a program that XLA hands to the card as one CUDA graph, of at least so many kernels.
GRAPHS = (
    "--xla_gpu_enable_command_buffer=FUSION,CUBLAS,CUBLASLT,CUDNN,CUSTOM_CALL"
    " --xla_gpu_graph_min_graph_size=5"
)
NO_GRAPHS = "--xla_gpu_enable_command_buffer="

# Limits are twice what is expected of an H100: about 30 s until training begins, 2 to 3 minutes where
# the four phases are compiled anew, as for each other batch, precision or flag of XLA, and a minute
# of measuring.
SUITE = {
    # Does it run, and how fast by a first figure? The cold start fills the compile cache of what follows.
    "startup-256": Measurement(
        "tools/bench_startup.py --json={json} --cache={cache} --resolution=256 --batch=16", 480
    ),
    # Is it right? And how fast, against 9.92 to 10.09 sec/kimg?
    "golden": Measurement("tools/bench_golden.py --json={json} --nocompiled", 300),
    "ada-train-256-b16": Measurement(f"{ADA_TRAIN} --batch=16", 240),
    "train-256-b16": Measurement(f"{AT_256} --profile", 300),
    # What training runs, against the reference; each of its programs is compiled for the card.
    "golden-compiled": Measurement("tools/bench_golden.py --json={json} --compiled", 540),
    "ada-train-256-b64": Measurement(f"{ADA_TRAIN} --batch=64", 480),
    "train-256-b16-no-graphs": Measurement(AT_256, 420, NO_GRAPHS),
    "train-256-b16-graphs": Measurement(AT_256, 420, GRAPHS),
    # XLA ends a process at a flag that its version does not know.
    "train-256-b16-runtime-fusion": Measurement(AT_256, 420, "--xla_gpu_use_runtime_fusion=true"),
    "train-256-b64": Measurement(f"{TRAIN} --resolution=256 --batch=64", 480),
    "train-64-b64": Measurement(f"{TRAIN} --resolution=64 --batch=64", 420),
    "train-1024-b4": Measurement(f"{TRAIN} --resolution=1024 --batch=4", 480),
    "train-256-b16-bfloat16": Measurement(f"{AT_256} --precision=bfloat16", 420),
    "train-256-b16-notf32": Measurement(f"{AT_256} --notf32", 420),
    "inference-256": Measurement("tools/bench_inference.py --json={json} --resolution=256", 240),
    "ada-train-256-b16-folded": Measurement(f"{ADA_TRAIN} --batch=16 --flag=--conv=folded", 480),
    "precision": Measurement(
        "experiments/precision/compare.py --iterations=2000 --resolution=64 --channel_base=8192"
        " --channel_max=256 --out={scratch}/precision",
        480,
    ),
}

# Programs take the last value of a flag that is given twice: the same commands, made small.
SMALL = "--preset=tiny --resolution=8"
REHEARSAL = {
    "tools/bench_golden.py": "--tests=test_ema,test_bias_act",
    "tools/bench_startup.py": f"{SMALL} --batch=4 --flag=--aug=noaug --flag=--xla=off",
    "tools/bench_ada_train.py": f"{SMALL} --batch=4 --kimg=0.064 --tick_kimg=0.016"
    " --flag=--set=loss.pl_weight=2 --flag=--aug=noaug --flag=--xla=off",
    "tools/bench_train.py": f"{SMALL} --channel_base=64 --batch=4 --iterations=1 --augpipe=blit --xla=off",
    "tools/bench_inference.py": f"{SMALL} --seconds=0 --batch=1",
    "experiments/precision/compare.py": "--iterations=64 --resolution=8 --channel_base=64 --batch=4"
    " --precisions=float32",
}


def rehearsed(measurement: Measurement) -> Measurement:
    """The same, of a size for a CPU."""
    program = measurement.command.split()[0]
    command = f"{measurement.command} {REHEARSAL[program]}"
    return dataclasses.replace(measurement, command=command)
