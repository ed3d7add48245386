"""`python -m ops_admin.simulator --host --port [--corpus DIR] [--latency SECONDS] [--lenient] [--limits]`."""

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
    parser.add_argument("--strict", action="store_true", default=True, help="refuse what a real tenant refuses")
    parser.add_argument("--lenient", action="store_false", dest="strict", help="accept nearly everything")
    parser.add_argument("--limits", action="store_true", help="enforce the limits of the real service")
    options = vars(parser.parse_args())
    try:
        serve(options.pop("host"), options.pop("port"), **options)
    except CorpusError as error:
        sys.exit(f"ops_admin.simulator: {error}")


if __name__ == "__main__":
    main()
