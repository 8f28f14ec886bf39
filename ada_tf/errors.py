"""The one exception that means "the user can mend this"."""


class UserError(ValueError):
    """A mistake in what the user gave: flags, files, arguments.

    Its message is one sentence that names the argument, the value received and what would be
    accepted. Programs print it without a traceback and exit with code 2.
    """

    # AutoGraph re-raises an exception with its own type only if that type brings its own __init__;
    # otherwise a UserError inside a tf.function reaches the user as a StagingError.
    __init__ = Exception.__init__
