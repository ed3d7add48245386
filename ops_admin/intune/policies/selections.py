"""Selections: the rows chosen for a bulk action, stored under a key, so that a run does not carry 50,000 ids (R8)."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import select, update

from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.upserts import upsert
from ops_admin.intune.inputs import read_policy_ids, refuse_unknown
from ops_admin.intune.policies.codes import SELECTION_MISSING
from ops_admin.intune.policies.models import DbSelection
from ops_admin.runs.catalog import InvalidInputs

POLICY_IDS = "policy_ids"
VERSION_IDS = "version_ids"
SELECTION = "selection"
SELECTED = "selected"


class SelectionMissing(LookupError):
    """There is no selection with this key. A run that needs it fails with the code."""

    code = SELECTION_MISSING
    public_message = ""


def keep_selection(ids: Iterable[int]) -> str:
    """Keep a selection and return its key; the same ids, in whatever order, have the same key."""
    chosen = sorted(set(ids))
    key = sha256(json.dumps(chosen).encode()).hexdigest()
    held = {"ids": chosen, "size": len(chosen)}
    with transaction() as session:
        upsert(session, DbSelection.__table__, {"key": key}, {"created_at": utcnow()}, first=held)
    return key


def use_selection(key: str) -> int | None:
    """Mark a selection as chosen now, so that it is not pruned; returns its size, or None if there is none."""
    used = update(DbSelection).where(DbSelection.key == key).values(created_at=utcnow()).returning(DbSelection.size)
    with transaction() as session:
        return session.execute(used).scalar_one_or_none()


def read_selection(key: str) -> list[int]:
    """Return the ids of a selection, ascending; raises SelectionMissing."""
    ids = db.session.execute(select(DbSelection.ids).where(DbSelection.key == key)).scalar_one_or_none()
    if ids is None:
        raise SelectionMissing(key)
    return [int(each) for each in ids]


def parse_policies(raw: Mapping[str, object]) -> dict[str, object]:
    """Read the inputs of an operation on chosen policies: `policy_ids` or `selection`; raises InvalidInputs."""
    return _parse(raw, POLICY_IDS)


def parse_versions(raw: Mapping[str, object]) -> dict[str, object]:
    """Read the inputs of an operation on chosen versions: `version_ids` or `selection`; raises InvalidInputs."""
    return _parse(raw, VERSION_IDS)


def selected_ids(inputs: Mapping[str, object]) -> list[int]:
    """Return the ids of the selection in parsed inputs; raises SelectionMissing."""
    return read_selection(str(inputs.get(SELECTION, "")))


def _parse(raw: Mapping[str, object], ids_name: str) -> dict[str, object]:
    refuse_unknown(raw, (ids_name, SELECTION, SELECTED))
    key = raw.get(SELECTION)
    if key is None:
        key = keep_selection(read_policy_ids(raw, ids_name))
    size = use_selection(key) if isinstance(key, str) else None
    if size is None:
        raise InvalidInputs({SELECTION: _("This selection is not known. Choose again.")})
    return {SELECTION: key, SELECTED: size}
