"""Policies with secrets in the simulated tenant, and where to look for them afterwards."""

import base64
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import Base, db
from ops_admin.simulator.demo.settings import secret
from tests.graph.simulated import Simulator

# Long enough to occur nowhere by chance.
SECRETS = {
    "custom setting": "planted-oma-7Gq2xVt9",
    "wireless key": "planted-psk-4Hw8mKc3",
    "catalog": "planted-cat-9Jd5rPz6",
    "VPN": "planted-vpn-2Lf7sQy1",
}
CUSTOM, NETWORK, CATALOG, VPN = "Planted custom", "Planted network", "Planted catalog", "Planted VPN"


def plant(simulator: Simulator, tenant: Tenant, **replaced: str) -> None:
    """Add a policy for each secret; `replaced` are other values for some."""
    values = SECRETS | replaced
    oma = {"@odata.type": "#microsoft.graph.omaSettingString", "displayName": "Licence", "omaUri": "./Vendor/Key"}
    add(
        simulator,
        tenant,
        "deviceConfigurations",
        **{"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": CUSTOM},
        omaSettings=[{**oma, "value": values["custom setting"]}],
    )
    add(
        simulator,
        tenant,
        "deviceConfigurations",
        **{"@odata.type": "#microsoft.graph.windowsWifiConfiguration", "displayName": NETWORK},
        ssid="Planted",
        networkName="Planted",
        wifiSecurityType="wpa2Personal",
        preSharedKey=values["wireless key"],
    )
    add(
        simulator,
        tenant,
        "deviceConfigurations",
        **{"@odata.type": "#microsoft.graph.iosVpnConfiguration", "displayName": VPN},
        connectionName="Planted",
        server={"@odata.type": "#microsoft.graph.vpnServer", "address": "vpn.contoso.example", "description": "VPN"},
        customData=[{"key": "password", "value": values["VPN"]}],
    )
    add(
        simulator,
        tenant,
        "configurationPolicies",
        name=CATALOG,
        platforms="macOS",
        technologies="mdm",
        settings=[{"id": "0", "settingInstance": secret("wifi_password", values["catalog"])}],
    )


def add(simulator: Simulator, tenant: Tenant, type_key: str, **document: Any) -> None:
    """Add a policy to the tenant."""
    simulator.control("POST", f"tenants/{tenant.external_id}/{type_key}", description="Planted", **document)


def rows() -> str:
    """Every row of every table, as one text."""
    db.session.rollback()
    return "\n".join(
        str(tuple(row)) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))
    )


def leaked(text: str, known: tuple[str, ...] = tuple(SECRETS.values())) -> set[str]:
    """The secrets that occur in a text, as they are or in base64."""
    return {value for value in known if value in text or base64.b64encode(value.encode()).decode()[:-4] in text}


def files(folder: Path) -> str:
    """What all files of a folder hold, unpacked."""
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file())
