"""Lines of a run on a terminal with a bar, on one that is gone, and in their file."""

import io
import sys
from types import SimpleNamespace

from ada_tf.training.callbacks.status import ProgressCallback
from ada_tf.training.runs.run_dir import Log


class Terminal(io.StringIO):
    """What was written to it, and what of that is to be seen."""

    def isatty(self):
        return True

    def rows(self):
        """Its rows: what follows a carriage return is written over what stood there."""
        shown = []
        for row in self.getvalue().split("\n"):
            cells = []
            for text in row.split("\r"):
                cells[: len(text)] = text
            shown.append("".join(cells).rstrip())
        return shown


def test_a_bar_does_not_tear_the_lines(monkeypatch, tmp_path):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    log, bar = Log(tmp_path / "log.txt"), ProgressCallback(120_000)
    bar.set_model(SimpleNamespace(images_done=0))
    bar.on_train_begin()
    log("Starting")
    bar.model.images_done = 4000
    bar._bar.mininterval = 0  # shown at once
    bar.on_train_batch_end(0)
    log("tick 1")
    rows = terminal.rows()
    assert rows[:2] == ["Starting", "tick 1"]
    assert "4.0/120 kimg" in rows[2]  # and it stands below them again
    bar.on_train_end()
    assert terminal.rows() == ["Starting", "tick 1", ""]
    assert (tmp_path / "log.txt").read_text() == "Starting\ntick 1\n"
