"""What of this package holds runs, and what of it grows old: told to pruning (R48)."""

from ops_admin.intune.backups.retention import runs_of_sets
from ops_admin.intune.policies import retention as policies
from ops_admin.intune.restore.retention import runs_of_restores
from ops_admin.intune.schedules.retention import count_old_starts, last_runs, remove_old_starts
from ops_admin.runs.worker import pruning
from ops_admin.runs.worker.pruning import Leftover


def init_app() -> None:
    """Hold the runs to which a version, a set, a restore, a schedule or a file that is still there refers."""
    for hold in (policies.runs_of_versions, policies.runs_of_exports, runs_of_sets, runs_of_restores, last_runs):
        pruning.keep_for(hold)
    pruning.sweep(Leftover("starts by schedules", count_old_starts, remove_old_starts))
    pruning.sweep(Leftover("policy selections", policies.count_old_selections, policies.remove_old_selections))
    pruning.sweep(Leftover("policy exports", policies.count_old_exports, policies.remove_old_exports))
