"""The programs of a GPU, lowered without one: as many operators as were counted, and no table read."""

import pytest

from ada_tf.ops import choice
from ada_tf.training.preset_table import NAMES
from experiments.lowering import hlo_counts, lower

HLO = """HloModule example

ENTRY %main (x: f16[2,8,8,16], w: f16[3,3,16,32], i: s32[4]) -> f16[2,4,8,32] {
  %x = f16[2,8,8,16]{3,2,1,0} parameter(0)
  %w = f16[3,3,16,32]{3,2,1,0} parameter(1)
  %i = s32[4]{0} parameter(2)
  %c = s32[4,1]{1,0} constant({...})
  %c.1 = s32[4]{0} reshape(s32[4,1]{1,0} %c)
  %g = f16[2,4,8,16]{3,2,1,0} gather(f16[2,8,8,16]{3,2,1,0} %x, s32[4]{0} %c.1), offset_dims={0,2,3}
  %h = f16[2,4,8,16]{3,2,1,0} gather(f16[2,4,8,16]{3,2,1,0} %g, s32[4]{0} %i), offset_dims={0,2,3}
  ROOT %y = f16[2,4,8,32]{3,2,1,0} convolution(f16[2,4,8,16]{3,2,1,0} %h, f16[3,3,16,32]{3,2,1,0} %w), window={size=3x3}
}
"""


def test_operators_of_a_program():
    found = hlo_counts.counts(HLO)
    assert (found.operators, found.convolutions, found.half_convolutions) == (3, 1, 1)
    assert (found.table_gathers, found.other_gathers, found.megabytes) == (1, 1, 0)


@pytest.fixture
def like_a_gpu(monkeypatch):
    """Undo what `lower` sets for its process."""
    for name in ("on_gpu", "multiplies_float16"):
        monkeypatch.setattr(choice, name, getattr(choice, name))


@pytest.mark.parametrize(
    ("case", "precision", "name"),
    [
        ("least", "float16", "Dmain"),
        ("least", "bfloat16", "Dreg"),
    ],
)
def test_no_operator_is_new(case, precision, name, like_a_gpu):
    """If one is meant to be: `python -m experiments.lowering.lower`."""
    version, table = lower.read()
    model, images = lower.model_of(case, precision)
    (phase,) = (phase for phase in model.step.phases if phase.name == name)
    found = hlo_counts.counts(lower.lowered(model, phase, images))._asdict()
    expected = table[case, precision, name]
    if version == lower.VERSION:
        assert found == expected
    # Another TensorFlow may write an operator in other words.
    assert found["half_convolutions"] == expected["half_convolutions"] > 0
    assert found["operators"] == pytest.approx(expected["operators"], rel=0.1)


def test_every_program_multiplies_in_half_precision():
    _, table = lower.read()
    assert {case for case, *_ in table} <= set(lower.CASES)
    assert {preset for preset, *_ in lower.CASES.values()} == set(NAMES)
    assert all(row["half_convolutions"] > 0 for row in table.values())
