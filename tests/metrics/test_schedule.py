from ada_tf.metrics import report
from ada_tf.metrics.schedule import FIRST, EveryTicks, WithinShare
from ada_tf.training.callbacks.status import STATS, seconds_until
from ada_tf.training.runs import json_lines


def test_every_so_many_ticks_is_a_function_of_the_counter():
    schedule = EveryTicks(3)
    assert [tick for tick in range(10) if schedule.due(tick)] == [3, 6, 9]
    assert schedule.due_at_end


def test_scores_stay_within_their_share():
    clock = Clock()
    schedule = WithinShare(2, share=0.02, clock=clock)
    clock.now = FIRST / 0.02 - 1
    assert not schedule.due(2)
    assert not schedule.due_at_end
    clock.now += 2
    assert [tick for tick in range(6) if schedule.due(tick)] == [2, 4]
    assert schedule.due_at_end
    spent = 0.0
    for tick in range(1, 10_000):
        clock.now += 60
        if schedule.due(tick):
            clock.now += 5
            schedule.took(5)
            spent += 5
    assert 0.015 < spent / clock.now <= 0.02


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_job_that_is_interrupted_is_scored_as_others_are():
    clock = Clock()
    schedule = WithinShare(1, share=0.02, clock=clock)
    schedule.go_on(FIRST / 0.02 - 1, [])
    assert not schedule.due(1)
    clock.now += 1
    assert schedule.due(1)
    schedule = WithinShare(1, share=0.02, clock=clock)
    schedule.go_on(1000.0, [5.0, 10.0])  # 15 seconds of 20: another 10 are too many until 1,250
    clock.now += 249
    assert not schedule.due(1)
    clock.now += 1
    assert schedule.due(1)
    EveryTicks(3).go_on(1000.0, [5.0])


def test_what_earlier_sessions_took_is_in_the_run(tmp_path):
    ticks = [(1, 5, 1), (2, 7, 1), (3, 100, 1)]  # the third is behind the checkpoint
    for tick, seconds, maintenance in ticks:
        values = {
            "Progress/kimg": tick,
            "Timing/sec_per_tick": seconds,
            "Timing/maintenance_sec": maintenance,
        }
        record = {name: {"num": 1, "mean": value, "std": 0.0} for name, value in values.items()}
        json_lines.append(tmp_path / STATS, record)
    json_lines.append(tmp_path / STATS, {"Progress/kimg": {"mean": 1.5}, "Timing/sec_per_tick": 9})
    assert seconds_until(tmp_path, 2000) == 14
    assert seconds_until(tmp_path / "new", 2000) == 0
    for name, kimg, took in (
        ("a", 1.0, 2),
        ("b", 1.0, 3),
        ("a", 2.0, 4),
        ("b", 2.0, "long"),
        ("a", None, 99),
    ):
        report.append(tmp_path, {"metric": name, "total_time": took, "kimg": kimg})
    assert report.seconds(tmp_path, ["a", "b", "c"]) == [5, 4]
