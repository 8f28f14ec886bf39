"""The one exception that means "the user can mend this"."""


class UserError(ValueError):
    """A mistake in what the user gave: flags, files, arguments.

    Its message is one sentence that names the argument, the value received and what would be
    accepted. Programs print it without a traceback and exit with code 2.
    """
