"""The model of a GPU program: arithmetic and traffic of steps that were written down by hand."""

import pytest

from experiments.gpu_prediction import hlo_model

# A 3x3 convolution of stride 2, 8x8x16 to 4x4x32, with its gradients, and one elementwise kernel.
# XLA writes the forward roles into the labels; kernels are laid out o01i.
HLO = """HloModule example

%fused (p: f16[2,4,4,32]) -> f16[2,4,4,32] {
  ROOT %m = f16[2,4,4,32]{3,2,1,0} multiply(%p, %p)
}

ENTRY %main (x: f16[2,8,8,16], w: f16[32,3,3,16]) -> f16[2,4,4,32] {
  %x = f16[2,8,8,16]{3,2,1,0} parameter(0)
  %w = f16[32,3,3,16]{3,2,1,0} parameter(1)
  %conv.1 = (f16[2,4,4,32]{3,2,1,0}, u8[0]{0}) custom-call(%x, %w), window={size=3x3 pad=0_1x0_1 stride=2x2}, dim_labels=b01f_o01i->b01f, custom_call_target="__cudnn$convForward", metadata={op_name="net/Conv2D"}
  %y = f16[2,4,4,32]{3,2,1,0} get-tuple-element(%conv.1), index=0
  %conv.2 = (f16[32,3,3,16]{3,2,1,0}, u8[0]{0}) custom-call(%x, %y), window={size=3x3 pad=0_1x0_1 stride=2x2}, dim_labels=b01f_o01i->b01f, custom_call_target="__cudnn$convBackwardFilter"
  %conv.3 = (f16[2,8,8,16]{3,2,1,0}, u8[0]{0}) custom-call(%y, %w), window={size=3x3 pad=0_1x0_1 stride=2x2}, dim_labels=b01f_o01i->b01f, custom_call_target="__cudnn$convBackwardInput"
  ROOT %loop_multiply.4 = f16[2,4,4,32]{3,2,1,0} fusion(%y), kind=kLoop, calls=%fused, metadata={op_name="net/mul"}
}
"""
FLOP = 2 * (2 * 4 * 4 * 32) * (3 * 3 * 16)


def test_a_convolution_and_its_gradients_do_the_same_work():
    steps = hlo_model.instructions(HLO)
    found = [hlo_model.convolution(step) for step in steps]
    assert [c and c[:2] for c in found] == [(FLOP, "f16")] * 3 + [None]
    assert len({c[2] for c in found[:3]}) == 3


def test_traffic_and_origin():
    forward, *_, multiply = hlo_model.instructions(HLO)
    x, w, y = 2 * 8 * 8 * 16, 32 * 9 * 16, 2 * 4 * 4 * 32
    assert (forward.bytes, multiply.bytes) == (2 * (x + w + y), 2 * (y + y))
    assert (forward.source, multiply.source) == ("net/Conv2D", "net/mul")


# One line for each step; the last step may share the kernel of an earlier one.
LIBRARY = "000: kConvolution\n" * 3
KERNEL = (
    "003: kKernel, kernel = {}, launch dimensions = blocks: {{100000, 1, 1}}, "
    "threads/block: {{128, 1, 1}}, cluster_dim = nullopt\n"
)


@pytest.mark.parametrize("kernel", ["loop_multiply_4", "of_an_equal_step"])
def test_the_scarcest_resource_gives_the_time(kernel):
    body = "mul.f16 a, b, c;\n" * 500
    ptx = f".visible .entry {kernel}(\n.param .u64 p\n)\n{{\n.reg .b32 r;\n{body}ret;\n}}\n"
    first, *_, last = hlo_model.costs(HLO, ptx, LIBRARY + KERNEL.format(kernel))
    assert last.limit == "instructions"
    assert last.seconds == pytest.approx(501 * 100000 * 128 / hlo_model.ISSUE_RATE)
    assert (first.limit, first.seconds) == ("memory", hlo_model.LAUNCH)
    assert last.pessimistic == last.seconds
    assert first.pessimistic == hlo_model.CONV_FLOOR


@pytest.mark.parametrize(
    ("channels", "stride", "expected"),
    [(64, 1, 0.5), (65, 1, 0.75), (128, 2, 0.75 * 0.6), (129, 1, 1.0), (512, 2, 0.6)],
)
def test_narrow_and_strided_convolutions_are_expected_to_be_slower(channels, stride, expected):
    sizes = ["f16[8,64,64,512]{3,2,1,0}", f"f16[512,3,3,{channels}]{{3,2,1,0}}"]
    step = hlo_model.Instruction(
        "conv", "f16[8,64,64,512]{3,2,1,0}", sizes, f"stride={stride}x{stride}"
    )
    assert hlo_model.efficiency(step) == pytest.approx(expected)


def test_a_program_that_was_not_understood_is_not_predicted():
    with pytest.raises(ValueError, match="zip"):
        hlo_model.costs(HLO, "", LIBRARY)
