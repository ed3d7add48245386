"""The simulated Microsoft Graph in a process of its own, and its control API."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from ops_admin.graph.client import GraphClient
from ops_admin.graph.reading import list_policies, read_policies
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.settings import GraphSettings, Limits
from tests.graph.scripted import Waits
from tests.support.lenient import LENIENT
from tests.support.lifelines import tied
from tests.support.vaults import VAULT

CONTOSO = "7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f"
FABRIKAM = "b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162"
CORPUS = Path(__file__).parents[3] / "shared" / "graph-corpus"

INTENTS, MOBILE_APPS = "intents", "mobileApps"
WIN32 = "#microsoft.graph.win32LobApp"


@dataclass(frozen=True)
class Simulator:
    """A running simulator."""

    url: str

    def control(self, method: str, route: str, /, **values: Any) -> Any:
        """Call the control API; fails with its error message."""
        answer = requests.request(method, f"{self.url}/_sim/{route}", json=values or None, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def stored(self, key: str, tenant: str = CONTOSO) -> list[dict[str, Any]]:
        """The documents of a type as today's client reads them."""
        documents = self.control("GET", f"tenants/{tenant}/{key}")["value"]
        read = [self._as_read(key, each, tenant) for each in documents]
        for each in [each for each in read if "roleDefinition" in each]:  # stored as an id, read in full
            role = each["roleDefinition"]["id"]
            each["roleDefinition"] = self.control("GET", f"tenants/{tenant}/roleDefinitions/{role}")
        for each in [each for each in read if (each.get("grantControls") or {}).get("authenticationStrength")]:
            each["grantControls"]["authenticationStrength"]["combinationConfigurations"] = []
        return read

    def _as_read(self, key: str, document: dict[str, Any], tenant: str) -> dict[str, Any]:
        """The document with whole categories, and without what is not read: groups of settings, relations of others."""
        categories = {
            each["id"]: each for each in self.control("GET", f"tenants/{tenant}/mobileAppCategories")["value"]
        }
        not_read = {"categories"} if key == INTENTS else set()
        if key == MOBILE_APPS:
            document = {**document, "categories": [categories[each["id"]] for each in document["categories"]]}
            not_read = set() if document["@odata.type"] == WIN32 else {"relationships"}
        return {name: value for name, value in document.items() if name not in not_read}

    def client(self, waits: Waits | None = None, tenant: str = CONTOSO, **limits: Any) -> GraphClient:
        """A client with the app's own tokens, which does not sleep."""
        settings = GraphSettings(self.url, self.url, "app", "app-secret")
        return GraphClient(settings, tenant, wait=waits or Waits(), limits=Limits(**limits), vault=VAULT)


@contextmanager
def running_simulator(*options: str) -> Iterator[Simulator]:
    """Start a simulator on a free port and stop it at the end. It is lenient unless `--strict` is given."""
    command = tied([sys.executable, "-m", "ops_admin.simulator", LENIENT, *options])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield Simulator(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


def read_all(client: GraphClient, policy_type: PolicyType) -> list[dict[str, Any]]:
    """Read all policies of a type in full; fails when one cannot be read."""
    readings = [
        reading for page in list_policies(client, policy_type) for reading in read_policies(client, policy_type, page)
    ]
    assert [reading.error for reading in readings if reading.error] == []
    return [reading.content or {} for reading in readings]
