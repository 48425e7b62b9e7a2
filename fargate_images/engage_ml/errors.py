"""Failures that a user can understand and act on: shown as one line, without a traceback."""


class ProgramError(Exception):
    """Wrong parameters, data that cannot be used, or a model that may not be used."""


class InputDataError(ProgramError):
    """The data lack what the program needs."""


class ModelRefusedError(ProgramError):
    """The model is unknown, incomplete, or has not passed its gates."""
