"""Files of AppLocker rules in policies of Windows Information Protection, which Graph takes one by one."""

from ops_admin.graph.addresses import path_of
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import NOT_FOUND, GraphError
from ops_admin.graph.transport import JSONObject

FILES = frozenset({"protectedAppLockerFiles", "exemptAppLockerFiles"})
_GIVEN = frozenset({"id", "version"})


def write_files(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    """Add the files that a policy lacks, then remove those that it should not have. Can be repeated after a crash."""
    for name in sorted(FILES & body.keys()):
        wanted, present = body[name] or [], live.get(name) or []
        known = [_own(each) for each in present]
        for each in wanted:
            if _own(each) not in known:
                client.post(f"{item_path}/{name}", _own(each))
        kept = [_own(each) for each in wanted]
        for each in [each for each in present if _own(each) not in kept]:
            _remove(client, f"{item_path}/{name}/{path_of(str(each.get('id')))}")


def _remove(client: GraphClient, path: str) -> None:
    try:
        client.delete(path)
    except GraphError as error:
        if error.code != NOT_FOUND:  # already removed
            raise


def _own(file: JSONObject) -> JSONObject:
    return {name: value for name, value in file.items() if name not in _GIVEN}
