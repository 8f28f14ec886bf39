"""Policies: which transforms may happen, how often, how strongly."""

import contextlib
import dataclasses
from collections.abc import Mapping

from ada_tf.augment.named_policies import POLICIES
from ada_tf.augment.transform_row import Transform
from ada_tf.augment.transforms import DEFAULTS, TRANSFORMS
from ada_tf.errors import UserError


class AugmentPolicy(Mapping):
    """Multipliers and strengths of all transforms: an immutable mapping, also read as attributes.

        AugmentPolicy(xflip=1, scale=1, scale_std=0.1)

    A transform happens to an image with probability `multiplier * p`, independently of other images
    and other transforms. Its multiplier has its name and is 0 by default, which leaves it out.
    Strengths default to those of arXiv:2006.06676, Appendix B. docs/api/augment.md lists all settings.

    Args:
        **settings: multipliers and strengths by name.

    Raises:
        UserError: a setting is not known, or no number.
    """

    def __init__(self, **settings):
        unknown = sorted(settings.keys() - DEFAULTS.keys())
        if unknown:
            raise UserError(
                f"policy has the unknown attributes {', '.join(unknown)}: "
                f"accepted are {', '.join(sorted(DEFAULTS))}."
            )
        values = {name: _checked(name, value) for name, value in settings.items()}
        # Past `__setattr__`, which refuses. Without defaults: equal policies have equal hashes,
        # however they were written.
        self.__dict__["_given"] = {k: v for k, v in values.items() if v != DEFAULTS[k]}

    def __getitem__(self, name):
        return self._given[name] if name in self._given else DEFAULTS[name]

    def __iter__(self):
        return iter(DEFAULTS)

    def __len__(self):
        return len(DEFAULTS)

    def __getattr__(self, name):
        if name.startswith("_") or name not in DEFAULTS:  # "_given", while it is copied
            raise AttributeError(f"AugmentPolicy has no attribute {name!r}.")
        return self[name]

    def __setattr__(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to {name!r} of an AugmentPolicy.")

    def __hash__(self):
        return hash(frozenset(self._given.items()))

    def __repr__(self):
        return f"AugmentPolicy({', '.join(f'{k}={v!r}' for k, v in self._given.items())})"

    @property
    def given(self) -> dict:
        """The settings that differ from their defaults."""
        return dict(self._given)

    @property
    def follows_p(self) -> bool:
        """True if nothing happens at p = 0."""
        return not any(row.at_zero for row in transforms_of(self))


def _checked(name: str, value):
    """Return a setting as a number, or as the numbers, that its default is."""
    default = DEFAULTS[name]
    several = isinstance(default, tuple)
    with contextlib.suppress(TypeError, ValueError):
        if not several:
            return float(value)
        if len(value) == len(default):
            return tuple(map(float, value))
    wanted = f"{len(default)} numbers are" if several else "a number is"
    raise UserError(f"{name}={value!r} is refused: {wanted} expected.")


def transforms_of(policy: AugmentPolicy) -> list[Transform]:
    """Rows whose multiplier is not 0 in a policy."""
    return [row for row in TRANSFORMS.values() if policy[row.multiplier]]


def get_policy(policy) -> AugmentPolicy:
    """Find a policy.

    Args:
        policy: a name ("bgc"), an `AugmentPolicy`, or a mapping of its settings.

    Returns:
        The `AugmentPolicy`.

    Raises:
        UserError: there is no policy of that name, or no such setting.
    """
    # Before the mapping, which an AugmentPolicy is as well.
    if isinstance(policy, AugmentPolicy):
        return policy
    if isinstance(policy, str) and policy in POLICIES:
        return AugmentPolicy(**POLICIES[policy])
    if isinstance(policy, Mapping):
        return AugmentPolicy(**policy)
    raise UserError(
        f"policy={policy!r} is not known: give one of {', '.join(POLICIES)}, or an AugmentPolicy."
    )
