"""Ties processes to the one that starts them: a test run that is killed leaves no server behind."""

import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path


def tied(program: Sequence[str | Path], end: signal.Signals = signal.SIGKILL) -> list[str | Path]:
    """Return the command that runs `program` and sends it `end` when the thread that started it is gone.

    `end` is for programs whose children do not notice that they are orphaned, so that the program can stop them itself.
    The Linux kernel sends the signal (PR_SET_PDEATHSIG); elsewhere only a run that ends normally cleans up.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    # A program rather than `preexec_fn`: this process has threads, and a change of user clears the setting.
    return [setpriv, "--pdeathsig", end.name.removeprefix("SIG"), "--", *program] if setpriv else list(program)
