"""The environment in which the tests run the console, and the names of its demo data."""

import os
import sys
from pathlib import Path

OPS_ADMIN = Path(sys.executable).with_name("ops-admin")

DEMO_PASSWORD = "a-password-for-tests-1"
OWNER = "owner@demo.example"
MANAGER = "manager@demo.example"
OPERATOR = "operator@demo.example"
READONLY = "readonly@demo.example"
OUTSIDER = "outsider@demo.example"
CONTOSO = "7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f"
FABRIKAM = "b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162"

# Nothing listens there, so a call that a test did not provide for fails at once.
NOWHERE = "http://127.0.0.1:9"


def console_environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The variables of a console in `data_dir`, without the developer's own OPS_ADMIN_ variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OPS_ADMIN_")}
    return {
        **inherited,
        "PYTHONUNBUFFERED": "1",
        "OPS_ADMIN_DATA_DIR": str(data_dir),
        "OPS_ADMIN_SECRET_KEY": "a-key-for-tests",
        "OPS_ADMIN_DEMO_PASSWORD": DEMO_PASSWORD,
        "OPS_ADMIN_GRAPH_URL": NOWHERE,
        "OPS_ADMIN_LOGIN_URL": NOWHERE,
        "OPS_ADMIN_GRAPH_CLIENT_ID": "a-client-for-tests",
        "OPS_ADMIN_GRAPH_CLIENT_SECRET": "a-secret-for-tests",
        **settings,
    }
