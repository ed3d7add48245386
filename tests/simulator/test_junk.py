"""Whatever somebody sends, the answer is an error of Graph's, and never one of the simulator's."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_admin.simulator.actions import ACTIONS
from ops_admin.simulator.app import create_simulator
from ops_admin.simulator.demo import CONTOSO, tenants
from ops_admin.simulator.resources import BY_KEY, RESOURCES
from ops_admin.simulator.schema import load_schema
from ops_admin.simulator.schema.types import Property
from tests.simulator.service import SCOPE

APP = create_simulator()
HTTP = APP.test_client()
FORM = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "s", "scope": SCOPE}
TOKEN = HTTP.post(f"/{CONTOSO}/oauth2/v2.0/token", data=FORM).json["access_token"]  # type: ignore[index]
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
DEMO = tenants()[0]
WORDS = st.sampled_from(
    ["", "x", "#microsoft.graph.nothing", "2024-01-01T00:00:00Z", "2024-99-01T00:00:00Z", "AAAA", "\x00", "ü", "1"]
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | WORDS
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "@odata.type", "target", "value", "settings", "children"]), inner)
    ),
    max_leaves=8,
)
PATIENT = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def value_of(known: Property) -> st.SearchStrategy[Any]:
    """A value of the right kind, of any, or with the name of a type that may be meant."""
    if known.complex:
        schema = load_schema()
        kinds = [name for name in schema.own if schema.is_a(name, known.kind)]
        typed = st.fixed_dictionaries(
            {"@odata.type": st.sampled_from([f"#microsoft.graph.{name}" for name in sorted(kinds) or ["x"]])},
            optional=dict.fromkeys(list(schema.properties(known.kind))[:6], SCALARS | JSON)
            if known.kind in schema
            else {},
        )
        return st.lists(typed | JSON, max_size=2) if known.many else typed | JSON
    return st.lists(SCALARS, max_size=2) | JSON if known.many else SCALARS | JSON


@st.composite
def bodies(draw: st.DrawFn, kind: str) -> Any:
    """A body that looks a little like one: the right type, some of its properties, values of any kind."""
    schema = load_schema()
    kinds = sorted(name for name in schema.own if schema.is_a(name, kind))
    chosen = draw(st.sampled_from(kinds))
    known = schema.properties(chosen)
    names = draw(st.lists(st.sampled_from(sorted(known)), max_size=6, unique=True))
    body = {name: draw(value_of(known[name])) for name in names}
    return {"@odata.type": f"#microsoft.graph.{chosen}", "displayName": "x", "name": "x", **body}


def check(method: str, path: str, body: Any) -> None:
    answer = HTTP.open(f"/beta/{path}", method=method, json=body, headers=HEADERS)
    assert answer.status_code < 500, (method, path, body, answer.text)
    if answer.status_code >= 400:
        assert answer.json is not None
        assert set(answer.json["error"]) == {"code", "message", "innerError"}


TYPED = [resource for resource in RESOURCES if resource.type and not resource.read_only]


@pytest.mark.parametrize("resource", TYPED, ids=lambda resource: resource.key)
@PATIENT
@given(data=st.data())
def test_junk_is_refused(resource: Any, data: st.DataObject) -> None:
    item = next(reversed(DEMO.collection(resource.key)))
    body = data.draw(bodies(resource.type) | JSON)
    check("POST", resource.path, body)
    check("PATCH", f"{resource.path}/{item}", body)
    check("PUT", f"{resource.path}/{item}", body)
    check("POST", f"{resource.path}/{item}/assignments", body)


@pytest.mark.parametrize("key", sorted(ACTIONS), ids=lambda key: "/".join(key))
@PATIENT
@given(data=st.data())
def test_junk_for_actions_is_refused(key: tuple[str, str], data: st.DataObject) -> None:
    name = key[1]
    resource = BY_KEY["deviceConfigurations" if key[0] == "*" else key[0]]
    item = next(reversed(DEMO.collection(resource.key)))
    parameters = ["assignments", "added", "updated", "deletedIds", "settings", "apps", "priority", "scheduledActions"]
    parameters += ["deviceComplianceScheduledActionForRules", "relationships", "addedPolicySetItems"]
    body = data.draw(st.dictionaries(st.sampled_from(parameters), JSON, max_size=3) | JSON)
    check("POST", f"{resource.path}/{item}/{name}", body)


@PATIENT
@given(body=JSON)
def test_junk_for_batches_and_messages_is_refused(body: Any) -> None:
    template = next(iter(DEMO.collection("notificationMessageTemplates")))
    check("POST", "$batch", body)
    check("POST", f"deviceManagement/notificationMessageTemplates/{template}/localizedNotificationMessages", body)
    check("PUT", f"deviceManagement/deviceConfigurations/{template}/rootCertificate/$ref", body)
    check("POST", "deviceManagement/templates/x/createInstance", body)


@PATIENT
@given(depth=st.sampled_from([99, 101, 990, 5000, 100_000]))
def test_endless_bodies_are_refused(depth: int) -> None:
    text = "[" * depth + "]" * depth
    answer = HTTP.post(
        "/beta/deviceManagement/deviceConfigurations", data=text, headers=HEADERS, content_type="application/json"
    )
    assert answer.status_code == 400
