"""What experiments/rt_rv compares."""

from experiments.rt_rv import agree


def line(kimg, p, held_out):
    means = {"training": 1.0, "held_out": held_out, "generated": -1.0}
    d = {kind: {"mean": mean} for kind, mean in means.items()}
    return {"images": 1000 * kimg, "p": p, "r_t": 0.6, "d": d}


def test_both_runs_stand_beside_each_other():
    runs = {"ada": [line(40, 0.1, 1.0), line(80, 0.2, 0.0)], "adarv": [line(40, 0.0, -1.0)]}
    rows = agree.table(runs).splitlines()
    assert rows[0] == "| kimg | ada: p | ada: r_t | ada: r_v | adarv: p | adarv: r_t | adarv: r_v |"
    assert rows[2] == "| 40 | 0.10 | 0.60 | 0.00 | 0.00 | 0.60 | 1.00 |"
    assert rows[3] == "| 80 | 0.20 | 0.60 | 0.50 |  |  |  |"


def test_a_run_that_is_behind_lends_no_column_to_the_next():
    rows = agree.table({"ada": [], "adarv": [line(40, 0.1, 0.0)]}).splitlines()
    assert rows[2] == "| 40 |  |  |  | 0.10 | 0.60 | 0.50 |"
