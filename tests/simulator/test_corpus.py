"""Exported policies from a folder: what is served is what stands in the files."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops_admin.simulator.corpus import CorpusError, load_corpus, read_export
from ops_admin.simulator.demo import CONTOSO, FABRIKAM, tenants
from ops_admin.simulator.resources import RESOURCES
from tests.simulator.service import Service, running_service

FOLDER = Path(__file__).parents[3] / "shared" / "graph-corpus"
ANNOTATION = re.compile(r"^#|.+@odata\.|^@odata\.(?!type)")
needs_corpus = pytest.mark.skipif(not FOLDER.is_dir(), reason="the exported policies are not beside the repository")


def make_export(folder: Path, key: str, name: str, data: bytes) -> Path:
    path = folder / key / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def plain(value: Any) -> Any:
    """A value without annotations, but for the types of objects."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if not ANNOTATION.match(name)}
    return value


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """A policy without the values that a tenant encrypts, and what it says of them."""
    hidden = ("value", "isEncrypted", "secretReferenceValueId")
    rows = document.get("omaSettings") or []
    texts = [row for row in rows if row["@odata.type"].endswith(("String", "StringXml", "Base64"))]
    left = [{name: value for name, value in row.items() if name not in hidden} for row in texts]
    return {**document, "omaSettings": [*[row for row in rows if row not in texts], *left]}


def decoded(path: Path) -> Any:
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    return json.loads(data.decode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_exports_are_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = json.dumps({"displayName": "Größe", "createdDateTime@odata.type": "#DateTimeOffset"}, ensure_ascii=False)
    assert read_export(make_export(tmp_path, "intents", "x", text.encode(encoding))) == {"displayName": "Größe"}


def test_big_endian_utf_16_is_read_by_its_mark(tmp_path: Path) -> None:
    data = codecs.BOM_UTF16_BE + '{"displayName": "日本"}'.encode("utf-16-be")
    assert read_export(make_export(tmp_path, "intents", "x", data)) == {"displayName": "日本"}


@pytest.mark.parametrize("data", [b"{half", b"[1]", b"\xff\xfe\x00", b"", b"{}", b'{"displayName": null}'])
def test_a_broken_file_is_named(tmp_path: Path, data: bytes) -> None:
    path = make_export(tmp_path, "deviceConfigurations", "broken", data)
    with pytest.raises(CorpusError, match=re.escape(str(path))):
        load_corpus(tmp_path, tenants()[0])


def test_a_folder_that_is_no_type_is_named(tmp_path: Path) -> None:
    (tmp_path / "cookies").mkdir()
    with pytest.raises(CorpusError, match="'cookies' is not a resource type"):
        load_corpus(tmp_path, tenants()[0])


@pytest.mark.parametrize("missing", [True, False])
def test_a_folder_without_types_is_an_error(tmp_path: Path, missing: bool) -> None:
    with pytest.raises(CorpusError):
        load_corpus(tmp_path / "none" if missing else tmp_path, tenants()[0])


def test_equal_ids_get_apart_the_same_way_each_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_export(tmp_path, "intents", name, json.dumps({"id": "same", "displayName": name}).encode())
    ids = []
    for _ in range(2):
        contoso = tenants()[0]
        load_corpus(tmp_path, contoso)
        ids.append({row["displayName"]: row["id"] for row in contoso.collection("intents").values()})
    assert ids[0] == ids[1]
    assert ids[0]["a"] == "same" != ids[0]["b"]


def test_inline_assignments_are_served_apart(tmp_path: Path) -> None:
    target = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}
    export = {"id": "p", "displayName": "x", "assignments": [{"id": "p_1", "target": target}]}
    make_export(tmp_path, "intents", "x", json.dumps(export).encode())
    with running_service(tmp_path) as service:
        assert "assignments" not in service.get("/deviceManagement/intents/p").json()
        assert service.rows("/deviceManagement/intents/p/assignments") == [{"id": "p_1", "target": target}]
        service.http.close()


@pytest.fixture(scope="module")
def loaded() -> Iterator[Service]:
    with running_service(FOLDER) as service:
        yield service
        service.http.close()


@needs_corpus
def test_every_file_is_one_policy_of_contoso(loaded: Service) -> None:
    counts = loaded.control("GET", "")["tenants"]
    files = {kind.name: len(list(kind.glob("*.json"))) for kind in FOLDER.iterdir() if kind.is_dir()}
    kept = {resource.key for resource in RESOURCES if resource.read_only} | {"groups"}
    served = {key: number for key, number in counts[CONTOSO].items() if number and key not in kept}
    assert served == files
    assert sum(files.values()) == 217
    assert counts[CONTOSO]["groups"] > 100
    assert not any(counts[FABRIKAM][key] for key in files)


@needs_corpus
def test_every_setting_of_every_file_is_served(loaded: Service) -> None:
    for kind in ("configurationPolicies", "compliancePolicies", "intents"):
        expected = sorted(
            (decoded(path)["lastModifiedDateTime"], plain(decoded(path)["settings"]))
            for path in (FOLDER / kind).glob("*.json")
        )
        served = sorted(
            (row["lastModifiedDateTime"], loaded.rows(f"/deviceManagement/{kind}/{row['id']}/settings"))
            for row in loaded.rows(f"/deviceManagement/{kind}")
        )
        assert served == expected


@needs_corpus
@pytest.mark.parametrize("kind", ["deviceConfigurations", "deviceCompliancePolicies"])
def test_items_equal_their_files_but_for_what_is_apart(loaded: Service, kind: str) -> None:
    expand = "$expand=assignments"
    if kind == "deviceCompliancePolicies":
        expand += ",scheduledActionsForRule($expand=scheduledActionConfigurations)"
    for path in (FOLDER / kind).glob("*.json"):
        expected = plain(decoded(path))
        served = plain(loaded.get(f"/deviceManagement/{kind}/{expected['id']}?{expand}").json())
        assert shown({name: served[name] for name in expected}) == shown(expected)


@needs_corpus
def test_definition_values_are_served_with_what_they_are_bound_to(loaded: Service) -> None:
    base = "/deviceManagement/groupPolicyConfigurations"
    for path in (FOLDER / "groupPolicyConfigurations").glob("*.json"):
        export = decoded(path)
        written = export["definitionValues"]
        written = written if isinstance(written, list) else [written]
        served = loaded.rows(f"{base}/{export['id']}/definitionValues?$expand=definition")
        assert len(served) == len(written)
        for given, row in zip(written, served, strict=True):
            assert row["definition"]["id"] in given["definition@odata.bind"]
            values = loaded.rows(
                f"{base}/{export['id']}/definitionValues/{row['id']}/presentationValues?$expand=presentation"
            )
            assert [v["value"] for v in values] == [v["value"] for v in given.get("presentationValues", [])]


@needs_corpus
def test_no_served_policy_carries_an_annotation_that_graph_would_not_send(loaded: Service) -> None:
    for resource in ("configurationPolicies", "deviceCompliancePolicies", "groupPolicyConfigurations", "intents"):
        for row in loaded.rows(f"/deviceManagement/{resource}"):
            assert plain(row) == row
