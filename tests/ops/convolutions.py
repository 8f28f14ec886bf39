"""Resampling convolutions as others would write them: oracles for `ada_tf.ops.conv`."""

import tensorflow as tf

from ada_tf.ops import conv2d_resample, fir, folded_convolutions


def reference(x, w, f=None, *, up=1, down=1, padding=0, flip_weight=True, flip_filter=False):
    """The definition: pad and upsample, convolve, downsample, at any factor and kernel size.

    Args:
        x: [N, H, W, I].
        w: [k, k, I / groups, O]; groups follow from the shapes.
        f: FIR filter or None.
        up: factor.
        down: factor.
        padding: around the upsampled image, on top of what the filter needs.
        flip_weight: correlate with w; False is true convolution.
        flip_filter: correlate with f.

    Returns:
        [N, H', W', O].
    """
    fx, fy = fir.taps_of(f)
    px0, px1, py0, py1 = fir.four(padding)
    if up > 1:
        px0, px1 = px0 + (fx + up - 1) // 2, px1 + (fx - up) // 2
        py0, py1 = py0 + (fy + up - 1) // 2, py1 + (fy - up) // 2
    if down > 1:
        px0, px1 = px0 + (fx - down + 1) // 2, px1 + (fx - down) // 2
        py0, py1 = py0 + (fy - down + 1) // 2, py1 + (fy - down) // 2
    x = fir.upfirdn2d(
        x, f if up > 1 else None, up=up, padding=(px0, px1, py0, py1), gain=up**2, flip=flip_filter
    )
    x = tf.nn.conv2d(x, tf.cast(w if flip_weight else w[::-1, ::-1], x.dtype), 1, "VALID")
    return fir.upfirdn2d(x, f, down=down, flip=flip_filter) if down > 1 else x


def folded(x, w, f=None, *, up=1, down=1):
    """`conv2d_resample` as `--conv=folded` has it: one plain convolution of a 3x3 kernel and a filter."""
    with folded_convolutions(True):
        return conv2d_resample(x, w, f, up=up, down=down)
