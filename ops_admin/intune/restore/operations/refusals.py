"""Why an item of the backup is not written."""


class NotWritable(Exception):
    """An item of the backup that must not be written. `code` says why.

    `detail` names what it is about, for those who may read the source: it stays out of runs and their notifications.
    """

    public_message = ""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
