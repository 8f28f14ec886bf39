"""Errors about settings, which name a setting as its reader knows it."""

from collections.abc import Mapping
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.settings.schedules import Schedule

_NO_VALUE = object()


class Named(NamedTuple):
    """A setting inside of a sentence.

    Attributes:
        path: of the setting, such as "loss.r1_gamma".
        value: of the setting; `_NO_VALUE` names the setting alone.
    """

    path: str
    value: object = _NO_VALUE

    def told(self, names: Mapping[str, str]) -> str:
        """Return name and value, gamma=3, by the name that `names` has for the path."""
        name = names.get(self.path, self.path)
        if self.value is _NO_VALUE:
            return name
        text = str(self.value) if isinstance(self.value, Schedule) else repr(self.value)
        return f"{name}={text:.80}"


class SettingError(UserError):
    """Settings that are not accepted, in a sentence made of texts and `Named` settings.

    In Python, and about a file, it calls a setting by its path; a program calls it by its flag.

        SettingError(Named("batch", 7), " must be a multiple of ", Named("batch_gpu", 4), ".")
    """

    def told(self, names: Mapping[str, str] | None = None) -> str:
        """Return the sentence.

        Args:
            names: path -> name of the setting for its reader; other paths stay as they are.
        """
        return "".join(p if isinstance(p, str) else p.told(names or {}) for p in self.args)

    def __str__(self):
        return self.told()

    @property
    def path(self) -> str:
        """Path of the setting that is named first."""
        return next(p.path for p in self.args if isinstance(p, Named))

    def inside(self, section: str) -> "SettingError":
        """Return the error for a configuration that has this one as a section."""
        return type(self)(
            *(
                p._replace(path=f"{section}.{p.path}") if isinstance(p, Named) else p
                for p in self.args
            )
        )
