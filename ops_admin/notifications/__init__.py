"""The bell and the inbox: exactly one notification per finished run, for its initiator (R28)."""
