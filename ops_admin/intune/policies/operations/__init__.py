"""The bulk actions on policies and versions, for the catalog (R17, R41)."""

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.errors import FAILURE_CODES
from ops_admin.infra.file_storage.disks import FILE_CODES
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES
from ops_admin.intune.policies.codes import EXPORT_CODES, POLICY_CODES, SYNC_CODES, VERSION_CODES
from ops_admin.intune.policies.operations import marking
from ops_admin.intune.policies.operations.exporting import export_policies
from ops_admin.intune.policies.operations.syncing import sync_policies
from ops_admin.intune.policies.selections import SELECTION, parse_policies, parse_versions
from ops_admin.runs.catalog import OperationType

_SKIPPED = _("those that were like that already")

POLICIES_IGNORE = OperationType(
    key="policies.ignore",
    label=_("Ignore policies"),
    capability=Capability.POLICIES_IGNORE,
    handler=marking.ignore,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_policies,
    resume="checkpoint",
    goes_on=True,
    skipped=_SKIPPED,
    failure_codes=POLICY_CODES,
)
POLICIES_UNIGNORE = OperationType(
    key="policies.unignore",
    label=_("Stop ignoring policies"),
    capability=Capability.POLICIES_IGNORE,
    handler=marking.unignore,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_policies,
    resume="checkpoint",
    goes_on=True,
    skipped=_SKIPPED,
    failure_codes=POLICY_CODES,
)
POLICIES_EXPORT = OperationType(
    key="policies.export",
    label=_("Policy export"),
    capability=Capability.POLICIES_EXPORT,
    handler=export_policies,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_policies,
    resume="checkpoint",
    failure_codes={**EXPORT_CODES, **FILE_CODES},
)
POLICIES_DELETE = OperationType(
    key="policies.delete",
    label=_("Delete policies from the console"),
    capability=Capability.POLICIES_DELETE,
    handler=marking.delete,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_policies,
    resume="checkpoint",
    goes_on=True,
    skipped=_SKIPPED,
    failure_codes=POLICY_CODES,
)
POLICIES_SYNC = OperationType(
    key="policies.sync",
    label=_("Policy sync"),
    capability=Capability.INVENTORY_SYNC,
    handler=sync_policies,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_policies,
    max_attempts=ATTEMPTS,
    retry_codes=RETRY_CODES,
    resume="anywhere",
    failure_codes={**SYNC_CODES, **FAILURE_CODES},
)
VERSIONS_ARCHIVE = OperationType(
    key="policy_versions.archive",
    label=_("Archive policy versions"),
    capability=Capability.POLICY_VERSIONS_ARCHIVE,
    handler=marking.archive_versions,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_versions,
    resume="checkpoint",
    goes_on=True,
    skipped=_SKIPPED,
    failure_codes=VERSION_CODES,
)
VERSIONS_RESTORE = OperationType(
    key="policy_versions.restore",
    label=_("Restore archived policy versions"),
    capability=Capability.POLICY_VERSIONS_ARCHIVE,
    handler=marking.restore_versions,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_versions,
    resume="checkpoint",
    goes_on=True,
    skipped=_SKIPPED,
    failure_codes=VERSION_CODES,
)
VERSIONS_DELETE = OperationType(
    key="policy_versions.delete",
    label=_("Delete policy versions permanently"),
    capability=Capability.POLICY_VERSIONS_DELETE,
    handler=marking.delete_versions,
    identity_inputs=(SELECTION,),
    parse_inputs=parse_versions,
    resume="checkpoint",
    goes_on=True,
    skipped=_SKIPPED,
    failure_codes=VERSION_CODES,
)

POLICY_OPERATIONS: tuple[OperationType, ...] = (
    POLICIES_IGNORE,
    POLICIES_UNIGNORE,
    POLICIES_EXPORT,
    POLICIES_DELETE,
    POLICIES_SYNC,
    VERSIONS_ARCHIVE,
    VERSIONS_RESTORE,
    VERSIONS_DELETE,
)
