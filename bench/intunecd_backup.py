"""Backs up the settings catalog of the simulated tenant with IntuneCD, in an environment of its own.

`python bench/intunecd_backup.py ORIGIN TENANT FOLDER` prints what was measured, as `bench.syncing` does. IntuneCD is as
it comes from its package, with its defaults, except for two things: its requests, which know no other host than
Microsoft's, go to ORIGIN, and the ids in a batch are texts, as Graph's documentation says and the simulator asks.
"""

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import requests
from IntuneCD import run_backup  # type: ignore[import-not-found]  # of the peer's own environment

_MICROSOFT = "https://graph.microsoft.com"
_SCOPE = "https://graph.microsoft.com/.default"
_WANTED = ("SettingsCatalog", "assignments")


def main(origin: str, tenant: str, folder: str) -> None:
    """Make one backup and print it."""
    token = _token(origin, tenant)
    _redirect(origin)
    parser = run_backup.get_parser()
    kinds = next(action.choices for action in parser._actions if action.dest == "exclude")
    left_out = [kind for kind in kinds if kind not in _WANTED]
    words = ["--path", folder, "--mode", "1", "--token", token, "--skip-archive", "--exclude", *left_out]
    began, own = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(sys.stderr):
        run_backup.start(parser.parse_args(words))
    seconds, own_seconds = time.perf_counter() - began, time.process_time() - own
    written = sum(1 for _ in Path(folder, "Settings Catalog").glob("*.json"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = {"policies": written, "seconds": seconds, "own_seconds": own_seconds}
    sys.stdout.write(json.dumps({**done, "megabytes_before": 0, "most_megabytes": most}))


def _token(origin: str, tenant: str) -> str:
    # The simulated tenant takes any secret.
    form = {"grant_type": "client_credentials", "client_id": "intunecd", "client_secret": origin, "scope": _SCOPE}
    answer = requests.post(f"{origin}/{tenant}/oauth2/v2.0/token", data=form, timeout=60)
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


def _redirect(origin: str) -> None:
    send = requests.request

    def redirected(method: str, url: str, **options: Any) -> requests.Response:
        if url.endswith("/$batch"):
            options["data"] = _with_text_ids(options["data"])
        return send(method, url.replace(_MICROSOFT, origin, 1), **options)

    mock.patch.object(requests, "request", redirected).start()


def _with_text_ids(body: str) -> str:
    asked = json.loads(body)
    return json.dumps({"requests": [{**each, "id": str(each["id"])} for each in asked["requests"]]})


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    main(*sys.argv[1:4])
