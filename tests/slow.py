"""Which tests take long, and why. `pytest -m "not slow"` leaves them out; CI runs them all.

What is not named here makes up the inner loop and takes two minutes on two cores. A new file that
starts programs or trains belongs here; `pytest --durations=20` tells.
"""

SLOW = {
    "starts programs": (
        "cli/test_any_channels",
        "cli/test_blend",
        "cli/test_broken_weights",
        "cli/test_cache.py::test_from_outside",
        "cli/test_directions",
        "cli/test_evaluate",
        "cli/test_explore",
        "cli/test_export",
        "cli/test_film",
        "cli/test_generate",
        "cli/test_project",
        "cli/test_latents",
        "cli/test_mix",
        "cli/test_shapes",
        "cli/test_train",
        "data/test_tfds.py",
        "data/test_waiting",
        "distribution/",
        "interop/test_example_server",
        "interop/test_web_networks",
        "interop/test_web_page",
        "pages/test_running",
        "test_release",
        "tools/",
    ),
    "trains": (
        "families/",
        "golden/test_ada_trace",
        "golden/test_losses.py::test_generator_is_scored_through_the_augmentation",
        "golden/test_training_loop",
        "metrics/images/test_any_images.py::test_networks_of_ours",
        "metrics/test_any_gan_page",
        "metrics/test_callback",
        "metrics/test_generated",
        "metrics/test_score_callback",
        "metrics/test_scoring",
        "metrics/test_shapes",
        "metrics/test_training",
        "pages/test_notebook.py::test_it_leaves",
        "pages/test_notebook.py::test_training",
        "plugin/test_ada_trace",
        "plugin/test_gans",
        "plugin/test_methods",
        "plugin/test_paired",
        "plugin/test_state",
        "training/test_checkpoint",
        "training/test_guard",
        "training/test_label_runs",
        "training/test_methods.py::test_a_run_with_a_method",
        "training/test_methods.py::test_the_statistic_of_differences",
        "training/test_model",
        "training/test_owner",
        "training/test_precision",
        "training/test_readme",
        "training/test_torture",
        "training/test_train.py",
        "training/test_trained.py",
        "training/test_validation",
    ),
    "compiles many graphs": (
        "augment/test_callback",
        "augment/test_controller",
        "augment/test_layer",
        "augment/test_misuse",
        "augment/test_params.py::test_in_a_graph",
        "augment/test_pipeline",
        "golden/test_published.py::test_saved_model",
        "inference/test_carry",
        "inference/test_generate",
        "interop/test_serving",
        "training/test_phases.py::test_styles_are_mixed",
        "training/test_xla_cache",
    ),
    "builds many networks": (
        "inference/test_blend",
        "interop/test_g_ema_checkpoint.py::test_architecture",
        "interop/test_published_file.py::test_images_and_logits",
    ),
    "prepares or damages many files": (
        "data/test_damage",
        "data/test_full_disk",
        "data/test_hostile",
        "data/test_fingerprint",
        "data/test_odd_files",
        "data/test_stream",
        "hostile/",
    ),
    "builds networks of full size": (
        "interop/test_foreign_model",
        "interop/test_saved_model",
        "metrics/features/",
        "metrics/test_path_length",
    ),
}


def is_slow(nodeid: str) -> bool:
    """Whether a test, by its name within the repository, is one of them."""
    return nodeid.startswith(
        tuple(f"tests/{start}" for starts in SLOW.values() for start in starts)
    )
