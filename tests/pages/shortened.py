"""What tests of the pages do otherwise than their readers: the one place that says so.

Everything that a page shows is run as it stands there, in a folder with tiny pictures and tiny
networks, but for this.
"""

# Flags behind those of the page, so that a command ends in seconds; of a flag given twice the last one counts.
ADDED = {
    "ada-train": ("--dry_run",),
    "ada-project": ("--steps=2", "--tune_steps=2", "--tries=1", "--starts=8", "--noself_check"),
    "ada-generate": ("--overwrite",),  # a page shows several into the same folder
}
# The first training of the README is one, as .ci/run has it, too.
TRAINED = {
    "README.md": ("--preset=tiny", "--resolution=16", "--kimg=0.032", "--snap=1",
                  "--snapshot_kimg=0.032"),
}  # fmt: skip

# In the text of a page, before anything is made of it: a pattern and what stands for it.
REPLACED = (
    (r"\b(runs/\d+-[\w-]+?)-(auto|small|medium)\b", r"\1-tiny"),
    (r"--preset=(auto|small|medium)\b", "--preset=tiny"),
    (r"images-2000000\b", "images-32"),
    (r"(fid|kid|dc|pr)\d+k(?=_|\b)", r"\g<1>8"),
    (r"/(mnt|shared)/", r""),
    (r"--styles=fine\b", "--styles=middle"),  # of 64 pixels and more
    (r"--seconds=3\b", "--seconds=0.5"),
    (r"\b120, seeds=range\(6\)", "12, seeds=range(6)"),
    (r"randn\(1, 512\)", "randn(1, 64)"),
)

# What RUN is in a page.
RUN = {"docs/labels.md": "runs/00003-faces-cond-tiny", "docs/play.md": "creatures"}
ANY_RUN = "runs/00000-photos-tiny"

# Programs that are not ours, and why a test leaves them out; flags of ours are not among them.
OUTSIDE = {
    "git": "where the repository lies is not known to it",
    "pip": "installs over the network",
    "npm": "downloads",
    "docker": "downloads an image",
    "curl": "asks the server of that image",
    "python -m tests.all": "is this very run",
    "python tools/bench_suite.py": "takes minutes and a GPU; tests/tools rehearses it",
    "python tools/launch_local_cluster.py": "two processes; tests/distribution/test_started.py",
    "[": "of the shell",
    "sleep": "of the shell",
    "export": "of the shell",
    "cd": "of the shell",
}

# Commands of ours whose flags are checked, but which are not run: words in them, and why.
PARSED = {
    "ada-explore": "serves until it is stopped; tests/cli/test_explore.py",
    "--format=web": "needs npm; tests/interop/test_web_page.py",
    "--strategy=multiworker": "needs other machines; tests/distribution",
    "--strategy=mirrored": "needs GPUs; tests/distribution",
    "--delete=photos-": "names a copy that the reader has; tests/cli/test_cache.py",
    "--resume=ffhq": "downloads",
    "--task=": "trains 35 networks; tests/metrics/usefulness",
}

# Pages whose commands another test runs.
PAGES = {
    "docs/extending.md": "tests/pages/test_extending.py",
    "docs/recipes.md": "tests/cli/test_recipes.py",
}

# Blocks of Python that another test runs: page, words in the block, that test.
ELSEWHERE = (
    ("README.md", "ada_tf.train(config", "tests/training/test_readme.py"),
    ("README.md", "*ada_tf.ada_callbacks(", "tests/training/test_readme.py"),
    ("docs/export.md", "ThreadingHTTPServer", "tests/interop/test_example_server.py"),
    ("docs/metrics_any_gan.md", "metrics.kid(generator", "tests/metrics/test_any_gan_page.py"),
    ("docs/metrics_any_gan.md", "gan.fit(", "tests/metrics/test_any_gan_page.py"),
)
