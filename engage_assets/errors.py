"""The errors a user can cause or must act on. Each message names the value, what was expected and what to do next.

The command line prints the message alone and exits with ``exit_status``; Dagster shows it as the failure of the step.
"""


class EngageError(Exception):
    """A failure that is explained to the user without a traceback."""

    exit_status = 1


class InputError(EngageError):
    """Wrong input or usage: nothing was started, nothing was changed."""

    exit_status = 2


class GateRefusedError(EngageError):
    """A gate did not pass; the last published week stays as it is."""


class StoppedError(EngageError):
    """The user stopped the command, with Ctrl-C; the status is a shell's for that."""

    exit_status = 130

    def __init__(self, message: str = "stopped. Run again to continue; the last published week is untouched.") -> None:
        super().__init__(message)
