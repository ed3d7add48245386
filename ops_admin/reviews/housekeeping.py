"""Expiry of review packs: the file is removed, and the row stays to say what there was (R46, R48)."""

from datetime import datetime

from flask import current_app

from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage.leftovers import delete_leftovers
from ops_admin.reviews import storage
from ops_admin.runs.queries import find_run

# How many packs are read at a time.
BATCH = 500


def expire_review_packs(now: datetime | None = None) -> int:
    """Expire the packs that are due and remove the files that nobody may download; returns how many were removed.

    It can be repeated, and run in several processes at once: a pack is marked before its file is removed, and the path
    is forgotten after that. So the next call finishes what a crash or an unreachable disk left.
    """
    storage.expire_packs(now or utcnow())
    settings = current_app.config["SETTINGS"]
    return delete_leftovers(settings, "review pack", storage.list_leftovers(), storage.forget_file)


def date_old_packs() -> int:
    """Fill in when older packs were requested and last changed, as far as known; returns how many were filled in.

    The times come from the pack's run or, if that was pruned, from the time of generation. Each pack is a transaction
    of its own. Packs without either stay undated.
    """
    dated, after = 0, 0
    while found := storage.list_undated(after, BATCH):
        for pack in found:
            dated += _date(pack)
        after = found[-1].pack_id
    return dated


def _date(pack: storage.Undated) -> bool:
    run = find_run(pack.run_id)
    created_at = run.created_at if run is not None else pack.generated_at
    updated_at = pack.generated_at or (run.updated_at if run is not None else None)
    if created_at is None or updated_at is None:
        return False
    storage.date_pack(pack.pack_id, created_at, updated_at)
    return True
