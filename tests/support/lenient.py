"""The option with which simulated tenants run in tests of the console, until it meets all that a real tenant refuses.

`tests/graph/to_mend.py` lists what is missing. Tests that need a real tenant's strictness pass `--strict`.
"""

LENIENT = "--lenient"
