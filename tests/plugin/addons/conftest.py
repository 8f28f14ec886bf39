"""These tests belong to the environment of `ada_tf[addons]`; see tools/legacy_env.py."""

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("tensorflow_addons") else ["test_*.py"]
