"""`$filter` and `$expand`, parsed."""

import pytest

from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.expansion import parse_expand
from ops_admin.simulator.filtering import parse_filter

ROW = {
    "@odata.type": "#microsoft.graph.webApp",
    "displayName": "Intranet (old)",
    "isAssigned": True,
    "version": 3,
    "owner": None,
    "publisher": {"name": "Contoso"},
}


@pytest.mark.parametrize(
    "text",
    [
        "displayName eq 'Intranet (old)'",
        "displayName ne 'x' and version eq 3",
        "version gt 2 and version le 3",
        "not (isAssigned eq false) and owner eq null",
        "displayName eq 'x' or startswith(displayName, 'INTRA')",
        "contains(displayName,'(old')",
        "endswith(displayName,'old)')",
        "version in (1, 2, 3)",
        "isof('microsoft.graph.webApp')",
        "publisher/name eq 'Contoso'",
    ],
)
def test_filters_that_hold(text: str) -> None:
    assert parse_filter(text)(ROW)


@pytest.mark.parametrize(
    "text",
    [
        "displayName eq 'intranet'",
        "isAssigned eq false or version lt 3",
        "isof('microsoft.graph.winGetApp')",
        "version in (4)",
        "missing/name eq 'Contoso'",
        "not startswith(displayName,'Intra')",
    ],
)
def test_filters_that_do_not_hold(text: str) -> None:
    assert not parse_filter(text)(ROW)


@pytest.mark.parametrize("text", ["", "displayName", "a eq", "(a eq 1", "a eq 1 b", "matches(a,'x')", "a like 'x'"])
def test_filters_that_make_no_sense(text: str) -> None:
    with pytest.raises(GraphError) as refused:
        parse_filter(text)
    assert refused.value.status == 400


def test_expansions_nest() -> None:
    text = "assignments,scheduledActionsForRule($expand=scheduledActionConfigurations;$select=id)"
    assert parse_expand(text) == {"assignments": {}, "scheduledActionsForRule": {"scheduledActionConfigurations": {}}}
    assert parse_expand("") == {}
