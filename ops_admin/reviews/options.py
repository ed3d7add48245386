"""The options of `review_pack.generate`: the period, and the sections (R46)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ops_admin.intune.inputs import refuse_unknown
from ops_admin.runs.catalog import InvalidInputs

OPTIONS = "options"
DAYS = "days"
SECTIONS = "sections"

DEFAULT_DAYS = 30
MOST_DAYS = 366

INVENTORY = "inventory"
CHANGES = "changes"
ASSIGNMENTS = "assignments"
OPERATIONS = "operations"
SECTION_LABELS: Mapping[str, object] = {
    INVENTORY: _l("Inventory"),
    CHANGES: _l("Policy changes"),
    ASSIGNMENTS: _l("Assignment coverage"),
    OPERATIONS: _l("Operations and failures"),
}
"""The sections by key, in the order of a report."""


@dataclass(frozen=True)
class PackOptions:
    """What a pack covers: the last `days` days, in `sections` (keys of SECTION_LABELS, in their order)."""

    days: int = DEFAULT_DAYS
    sections: tuple[str, ...] = tuple(SECTION_LABELS)

    def as_json(self) -> dict[str, object]:
        """Return what is stored; every option is included, so that equal packs are one run (R5)."""
        return {DAYS: self.days, SECTIONS: list(self.sections)}


def parse_inputs(raw: Mapping[str, object]) -> dict[str, object]:
    """Return `{"options": {"days", "sections"}}` with defaults filled in; raises InvalidInputs by option."""
    refuse_unknown(raw, (OPTIONS,))
    given = raw.get(OPTIONS)
    if given is None:
        return {OPTIONS: PackOptions().as_json()}
    if not isinstance(given, Mapping):
        raise InvalidInputs({OPTIONS: _("Give an object with “days” and “sections”.")})
    refuse_unknown(given, (DAYS, SECTIONS))
    return {OPTIONS: PackOptions(_read_days(given.get(DAYS)), _read_sections(given.get(SECTIONS))).as_json()}


def options_of(stored: Mapping[str, object]) -> PackOptions:
    """Read stored options; what an older version did not store has its default."""
    days, sections = stored.get(DAYS), stored.get(SECTIONS)
    known = tuple(key for key in SECTION_LABELS if not isinstance(sections, list) or key in sections)
    return PackOptions(days if isinstance(days, int) else DEFAULT_DAYS, known)


def _read_days(given: object) -> int:
    if given is None:
        return DEFAULT_DAYS
    if isinstance(given, str) and given.strip().isascii() and given.strip().isdigit() and len(given) < 9:
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST_DAYS:
        raise InvalidInputs({DAYS: _("Give a number of days from 1 to %(most)s.", most=MOST_DAYS)})
    return given


def _read_sections(given: object) -> tuple[str, ...]:
    if given is None:
        return tuple(SECTION_LABELS)
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise InvalidInputs({SECTIONS: _("Give a list of sections.")})
    wanted = {str(key) for key in given}
    unknown = sorted(wanted - SECTION_LABELS.keys())
    if unknown:
        raise InvalidInputs({SECTIONS: _("There is no section “%(name)s”.", name=unknown[0][:60])})
    if not wanted:
        raise InvalidInputs({SECTIONS: _("Choose at least one section.")})
    return tuple(key for key in SECTION_LABELS if key in wanted)
