"""The one exception for mistakes that the user can mend."""


class UserError(ValueError):
    """A mistake in flags, files or arguments.

    Its message is one sentence that names the argument, the value received and what would be
    accepted. Programs print it without a traceback and exit with code 2.
    """

    # AutoGraph re-raises an exception with its own type only if that type brings its own __init__;
    # otherwise a UserError inside a tf.function reaches the user as a StagingError.
    __init__ = Exception.__init__


def given_or(name: str, value, usual, kind: type | None = None):
    """Return an argument, or its default if it is None.

    Args:
        name: of the argument.
        value: of the argument; None takes the default.
        usual: the default.
        kind: the class that is accepted; None is that of the default.

    Raises:
        UserError: it is of another class.
    """
    if value is None:
        return usual
    kind = kind or type(usual)
    if not isinstance(value, kind):
        raise UserError(f"{name}={value!r:.80} must be a {kind.__name__}.")
    return value
