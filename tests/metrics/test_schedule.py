from ada_tf.metrics.schedule import FIRST, EveryTicks, WithinShare


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
