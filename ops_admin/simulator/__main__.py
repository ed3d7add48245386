"""`python -m ops_admin.simulator --host --port [--corpus DIR] [--latency SECONDS]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ops_admin.simulator.corpus import CorpusError
from ops_admin.simulator.server import serve


def main() -> None:
    """Parse the options and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m ops_admin.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--corpus", type=Path, help="a folder of exported policies, one folder a type")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to each request")
    options = parser.parse_args()
    try:
        serve(options.host, options.port, options.corpus, options.latency)
    except CorpusError as error:
        sys.exit(f"ops_admin.simulator: {error}")


if __name__ == "__main__":
    main()
