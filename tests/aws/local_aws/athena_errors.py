"""What Athena answers when a statement cannot be run."""


class AthenaError(Exception):
    """A statement that fails: its message as Athena words it, with its category and type."""

    def __init__(self, message: str, category: int = 2, kind: int = 1000) -> None:
        super().__init__(message)
        self.category, self.kind = category, kind
