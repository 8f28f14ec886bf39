"""The one exception that means "the user can mend this"."""


class UserError(ValueError):
    """A mistake in what the user gave: flags, files, arguments.

    Its message is one sentence that names the argument, the value received and what would be
    accepted. Programs print it without a traceback and exit with code 2.
    """

    # AutoGraph re-raises an exception with its own type only if that type brings its own __init__;
    # otherwise a UserError inside a tf.function reaches the user as a StagingError.
    __init__ = Exception.__init__


def check_kind(name: str, value, kind: type):
    """An argument of a certain class, by default an instance of it without arguments.

    Raises:
        UserError: it is of another kind.
    """
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise UserError(f"{name}={value!r:.80} must be a {kind.__name__}.")
    return value
