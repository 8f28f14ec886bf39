"""What a run says of the machine that it has."""

import pytest

from ada_tf.ops import choice
from ada_tf.training import session


@pytest.mark.parametrize(
    ("gpu", "growth", "said"),
    [(False, "", False), (True, "", True), (True, "false", True), (True, "true", False)],
)
def test_memory_that_is_taken_at_once_is_said(monkeypatch, gpu, growth, said):
    monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", growth)
    assert session._memory_of_cards().startswith("\nMemory    all of each card") == said
