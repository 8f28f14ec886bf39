"""Flags and persistent cache of XLA for a GPU, set before TensorFlow is imported.

Compiling the phases of a run takes minutes, reading them back seconds. XLA finds a program by a hash
of the program itself. The name of the folder adds everything else that a compiled program depends
on: card and driver, versions of TensorFlow and NVIDIA's libraries, and flags of the compiler. So a
stale program is never found.
"""

import glob
import hashlib
import importlib.metadata
import os
import pathlib
import subprocess
import sys

from ada_tf.errors import UserError
from ada_tf.files import user_cache

_FLAG = "--tf_xla_persistent_cache_directory"
# By default XLA compiles about thirty Triton kernels for each matrix product and keeps the fastest.
# Ours are small (the convolutions are none of them), there are about 190 different ones, and a
# candidate costs 0.1 CPU seconds or more: cuBLAS does as well and is ready at once.
COMPILER_FLAGS = "--xla_gpu_enable_triton_gemm=false"
# What a version of TensorFlow does with flags that it does not know: it ends the process.
_TRIAL = "import tensorflow as tf; tf.function(lambda: tf.zeros([]), jit_compile=True)()"
_TRIAL_SECONDS = 300  # importing TensorFlow takes 5, and a minute from a network drive
# Folders in which system packages put cuDNN and cuBLAS.
_SYSTEM_LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/local/cuda/lib64",
)


def gpu_description() -> str | None:
    """Return names, drivers and memory of the cards; None without an NVIDIA driver."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def library_versions() -> list[str]:
    """List versions of TensorFlow, Keras and NVIDIA's libraries, of Python and of the system."""
    packages = {
        f"{d.name} {d.version}"
        for d in importlib.metadata.distributions()
        if d.name.lower().startswith(("tensorflow", "keras", "nvidia"))
    }
    folders = [*os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep), *_SYSTEM_LIBRARIES]
    files = {
        os.path.realpath(path)  # its name ends in the whole version
        for folder in filter(None, folders)
        for name in ("cudnn", "cublas")
        for path in glob.glob(f"{glob.escape(folder)}/lib{name}.so*")
    }
    return sorted(packages) + sorted(files)


def cache_folder(gpu: str, versions: list[str], compiler_flags: str = "") -> pathlib.Path:
    """Return the folder for these cards, library versions and flags of XLA, in the user's cache."""
    known = [gpu, *versions, compiler_flags, os.environ.get("TF_XLA_FLAGS", "")]
    key = hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]
    return user_cache() / "xla" / key


def enable(started: bool | None = None) -> str | None:
    """Set the compiler's flags and turn the cache on for this process, where there is a GPU.

    A user who has set a cache folder in TF_XLA_FLAGS keeps all settings as they are. So does one whose
    TensorFlow does not know our flags, which is tried once in another process.

    Args:
        started: True if TensorFlow is imported already and has read its flags, which is too late;
            None finds out.

    Returns:
        The folder; None if the cache is off.

    Raises:
        UserError: TensorFlow ends at flags that the user has set.
    """
    flags = os.environ.get("TF_XLA_FLAGS", "")
    # -1 is how people run on the CPU beside a GPU
    if _FLAG in flags or os.environ.get("CUDA_VISIBLE_DEVICES") == "-1":
        return None
    if "tensorflow" in sys.modules if started is None else started:
        return None
    gpu = gpu_description()
    if gpu is None:
        return None
    versions = library_versions()
    compiler = f"{COMPILER_FLAGS} {os.environ.get('XLA_FLAGS', '')}".strip()  # the user's own win
    folder = cache_folder(gpu, versions, compiler)
    ours = {
        "XLA_FLAGS": compiler,
        "TF_XLA_FLAGS": f"{_FLAG}={folder} --tf_xla_persistent_cache_device_types=GPU {flags}".strip(),
    }
    if not folder.is_dir():  # the first time with these versions and flags
        if not knows(ours):
            _check_flags_of_user()
            return None
        folder.mkdir(parents=True)
    os.environ.update(ours)
    return str(folder)


def _check_flags_of_user() -> None:
    """Refuse flags of the environment without which TensorFlow starts, and with which it does not."""
    given = {name: os.environ.get(name, "") for name in ("XLA_FLAGS", "TF_XLA_FLAGS")}
    if any(given.values()) and not knows({}) and knows(dict.fromkeys(given, "")):
        told = " ".join(f"{name}={value!r:.200}" for name, value in given.items() if value)
        raise UserError(
            f"{told}: TensorFlow ends at a flag that it does not know; take it out of the environment."
        )


def knows(flags: dict[str, str]) -> bool:
    """Return True if this machine's TensorFlow starts and compiles with flags, tried on its CPU.

    Args:
        flags: environment variables.
    """
    environment = os.environ | flags | {"CUDA_VISIBLE_DEVICES": "-1"}
    trial = [sys.executable, "-c", _TRIAL]
    try:
        subprocess.run(
            trial, env=environment, capture_output=True, timeout=_TRIAL_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True
