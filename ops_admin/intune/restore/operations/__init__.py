"""The operations of a restore, for the catalog (R29)."""

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.assigning import ASSIGNING_CODES
from ops_admin.graph.errors import FAILURE_CODES
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES
from ops_admin.intune.restore.codes import RESTORE_CODES
from ops_admin.intune.restore.inputs import RESTORE_ID, parse_inputs
from ops_admin.intune.restore.lifecycle import (
    EXECUTE,
    PREVIEW,
    admit_execution,
    admit_preview,
    follow_run,
    mirrored,
    reads_source,
)
from ops_admin.intune.restore.operations.execution import execute_restore
from ops_admin.intune.restore.operations.preview import preview_restore
from ops_admin.runs.catalog import OperationType

_CODES = {**FAILURE_CODES, **ASSIGNING_CODES, **RESTORE_CODES}

RESTORE_PREVIEW = OperationType(
    key=PREVIEW,
    label=_("Restore preview"),
    capability=Capability.RESTORE,
    handler=preview_restore,
    identity_inputs=(RESTORE_ID,),
    parse_inputs=parse_inputs,
    further_rights=reads_source,
    max_attempts=ATTEMPTS,
    retry_codes=RETRY_CODES,
    admit=admit_preview,
    resume="checkpoint",
    skipped=_("defaults that every tenant has of its own, where the tenant shows none"),
    failure_codes=_CODES,
)
RESTORE_EXECUTE = OperationType(
    key=EXECUTE,
    label=_("Restore"),
    capability=Capability.RESTORE,
    handler=execute_restore,
    identity_inputs=(RESTORE_ID,),
    parse_inputs=parse_inputs,
    further_rights=reads_source,
    admit=admit_execution,
    mirror=mirrored,
    follow=follow_run,
    resume="checkpoint",
    skipped=_("items that were not restored; the restore's page says of each why"),
    failure_codes=_CODES,
)
