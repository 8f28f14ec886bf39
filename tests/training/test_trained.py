"""Trained networks, whatever they lie in: the same images, and what cannot be loaded is refused."""

import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.scoring import open_subject
from ada_tf.training.runs.trained import open_trained


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000, "a\nb", "creature"])
@pytest.mark.parametrize("door", [open_trained, open_subject])
def test_a_path_to_nothing(name, door, tmp_path, monkeypatch):
    """Longer than paths can be, or the name of no network."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="holds no checkpoint; give a run directory"):
        door(name)
