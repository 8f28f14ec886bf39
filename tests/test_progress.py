"""Progress where nobody watches a terminal: pipes, logs, notebooks."""

from ada_tf.progress import Lines, progress


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_line_every_half_minute(capsys):
    clock = Clock()
    with Lines(1000, "real", clock=clock) as bar:
        for _ in range(10):
            clock.now += 20
            bar.update(100)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "real: 200 of 1000 img, 5 a second, 160 s left",
        "real: 400 of 1000 img, 5 a second, 120 s left",
        "real: 600 of 1000 img, 5 a second, 80 s left",
        "real: 800 of 1000 img, 5 a second, 40 s left",
    ]


def test_what_is_short_says_nothing(capsys):
    with progress(10, "real") as bar:
        bar.update(10)
    assert capsys.readouterr().err == ""
