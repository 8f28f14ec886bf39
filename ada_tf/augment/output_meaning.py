"""What a discriminator's output means: the value that says "cannot tell", and the end of real images."""

import math
import numbers

from ada_tf.errors import UserError

OUTPUTS = ("logits", "sigmoid", "least_squares", "hinge", "wasserstein", "relativistic")
_PARTNER = "fake_output"  # the threshold of each pair of a relativistic loss is its other output


def meaning_of(output, real_label):
    """Return the threshold of an output and whether it is high for real images.

    A discriminator that cannot tell answers the mean of both labels: with real images at a and generated
    ones at 0 a sigmoid gives a / 2, a logit log(a / (2 - a)).

    Args:
        output: one of `OUTPUTS`; None is "logits".
        real_label: None is 1; below a half, generated images have the label 1.

    Raises:
        UserError: one of them is not known, or the loss has no such label.
    """
    output = "logits" if output is None else output
    if output not in OUTPUTS:
        raise UserError(f"output={output!r} is not known: give one of {', '.join(OUTPUTS)}.")
    label = 1.0 if real_label is None else real_label
    if isinstance(label, bool) or not isinstance(label, numbers.Real) or not 0 <= label <= 1:
        raise UserError(f"real_label={label!r} is refused: a number from 0 to 1 is expected.")
    if label == 0.5 or (output not in OUTPUTS[:3] and label not in (0, 1)):
        raise UserError(
            f"real_label={label!r} is refused for output={output!r}: "
            "0 or 1 says whether real images get the low or the high outputs."
        )
    is_high = label > 0.5
    neutral = float(label + (not is_high)) / 2
    thresholds = {
        "logits": math.log(neutral / (1 - neutral)), "sigmoid": neutral, "least_squares": neutral,
        "hinge": 0.0, "wasserstein": "middle", "relativistic": _PARTNER,
    }  # fmt: skip
    return thresholds[output], is_high


def meaning_in_call(output, real_label, threshold, real_is_high, fake_output):
    """Return (threshold, real_is_high) as the layer was told them, or as a call of `observe` says.

    Args:
        output: of the layer.
        real_label: of the layer.
        threshold: of the call.
        real_is_high: of the call.
        fake_output: of the call; the threshold of a relativistic loss.

    Raises:
        UserError: both say it, or a relativistic loss is observed without generated images.
    """
    said = {"output": output, "real_label": real_label}
    said = ", ".join(f"{name}={value!r}" for name, value in said.items() if value is not None)
    if not said:
        return threshold, real_is_high
    if not (isinstance(threshold, (int, float)) and threshold == 0 and real_is_high):
        raise UserError(
            f"threshold= or real_is_high= is refused beside AdaptiveAugmentation({said}), which says "
            "what the output means: give one of both."
        )
    threshold, real_is_high = meaning_of(output, real_label)
    if threshold != _PARTNER:
        return threshold, real_is_high
    if fake_output is None:
        raise UserError(
            "output='relativistic' compares each real image with a generated one, so give "
            "fake_output too."
        )
    return fake_output, real_is_high
