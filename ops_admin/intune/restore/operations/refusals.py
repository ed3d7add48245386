"""Why an item of the backup is not written."""


class NotWritable(Exception):
    """An item of the backup that must not be written. `code` says why."""

    def __init__(self, code: str, public_message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.public_message = public_message
