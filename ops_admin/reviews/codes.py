"""Failure codes of review packs (R7)."""

from flask_babel import lazy_gettext as _

UNREADABLE_RECORD = "review_pack.unreadable_record"
RECORD_MISSING = "review_pack.record_missing"
NO_SPACE = "review_pack.no_space"

PACK_CODES: dict[str, object] = {
    UNREADABLE_RECORD: _(
        "What is stored about a policy could not be read, so the pack cannot say what changed in it or whom it reaches."
    ),
    RECORD_MISSING: _("The record of this review pack is gone, so there was nothing to generate. Start a new one."),
    NO_SPACE: _("The worker could not write its temporary files. Is its disk full?"),
}
