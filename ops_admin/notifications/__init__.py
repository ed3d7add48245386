"""The bell and the inbox: exactly one notification for a finished run and its initiator (R28)."""
