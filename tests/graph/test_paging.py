"""Pages are followed to the last one, and endless chains are stopped."""

import pytest

from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import Limits
from tests.graph.scripted import Reply, ScriptedServer, Seen, make_client, make_page


def test_every_page_is_followed_to_the_last(server: ScriptedServer) -> None:
    link = f"{server.url}/beta/groups?$skiptoken=abc%3D%27x&$top=2"
    server.replies = [make_page("a", "b", next_link=link), make_page("c")]

    pages = list(make_client(server.url).pages("groups", params={"$top": "2"}))

    assert [[row["id"] for row in page] for page in pages] == [["a", "b"], ["c"]]
    assert server.seen[1].path == "/beta/groups?$skiptoken=abc%3D%27x&$top=2"


def test_an_empty_page_with_a_next_link_is_not_the_end(server: ScriptedServer) -> None:
    server.replies = [
        make_page("a", next_link=f"{server.url}/beta/groups?p=2"),
        make_page(next_link=f"{server.url}/beta/groups?p=3"),
        make_page("b"),
    ]

    assert [row["id"] for row in make_client(server.url).items("groups")] == ["a", "b"]


def test_headers_are_sent_for_every_page(server: ScriptedServer) -> None:
    server.replies = [make_page("a", next_link=f"{server.url}/beta/groups?p=2"), make_page("b")]

    list(make_client(server.url).items("groups", headers={"ConsistencyLevel": "eventual"}))

    assert [seen.headers["consistencylevel"] for seen in server.seen] == ["eventual", "eventual"]


def test_a_page_is_requested_only_after_the_one_before_was_consumed(server: ScriptedServer) -> None:
    server.replies = [make_page("a", next_link=f"{server.url}/beta/groups?p=2"), make_page("b")]

    next(make_client(server.url).pages("groups"))

    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/beta/groups?p=2",
        "http://127.0.0.1:1/beta/groups",
        "https://HOST/beta/groups",
        "http://evil.example\\@HOST/beta/groups",
        "http://evil.example@HOST/beta/groups",
        "http://HOST@evil.example/beta/groups",
        "//evil.example/beta/groups",
        "/beta/groups?p=2",
        "http://[bad/beta",
        "javascript:alert(1)",
        17,
    ],
)
def test_a_link_to_another_host_is_refused_and_nothing_is_sent(server: ScriptedServer, link: object) -> None:
    if isinstance(link, str):
        link = link.replace("HOST", server.url.removeprefix("http://"))
    server.replies = [Reply(body={"value": [{"id": "a"}], "@odata.nextLink": link})]

    with pytest.raises(GraphError) as caught:
        list(make_client(server.url).pages("groups"))

    assert caught.value.code == "graph.unexpected_response"
    assert len(server.seen) == 1


def test_a_chain_that_returns_to_itself_ends(server: ScriptedServer) -> None:
    link = f"{server.url}/beta/groups?p=again"
    server.replies = [make_page("a", next_link=link), make_page("b", next_link=link)]

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        list(make_client(server.url).pages("groups"))

    assert len(server.seen) == 2


def test_a_chain_of_new_links_to_the_same_rows_ends(server: ScriptedServer) -> None:
    server.script = lambda seen: make_page("a", next_link=f"{server.url}/beta/groups?p={len(server.seen)}")

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        list(make_client(server.url).pages("groups"))

    assert len(server.seen) == 2


def test_a_chain_of_empty_pages_ends(server: ScriptedServer) -> None:
    server.script = lambda seen: make_page(next_link=f"{server.url}/beta/groups?p={len(server.seen)}")

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        list(make_client(server.url, limits=Limits(max_empty_pages=5)).pages("groups"))

    assert len(server.seen) == 6


def test_empty_pages_between_others_are_no_endless_chain(server: ScriptedServer) -> None:
    def every_other_is_empty(seen: Seen) -> Reply:
        number = len(server.seen)
        ids = [str(number)] if number % 2 else []
        return make_page(*ids, next_link=f"{server.url}/beta/groups?p={number}" if number < 9 else None)

    server.script = every_other_is_empty

    found = make_client(server.url, limits=Limits(max_empty_pages=2)).items("groups")

    assert [row["id"] for row in found] == ["1", "3", "5", "7", "9"]


def test_a_chain_of_ever_new_rows_ends_too(server: ScriptedServer) -> None:
    def endless(seen: Seen) -> Reply:
        number = str(len(server.seen))
        return make_page(number, next_link=f"{server.url}/beta/groups?p={number}")

    server.script = endless

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        list(make_client(server.url, limits=Limits(max_pages=7)).pages("groups"))


@pytest.mark.parametrize(
    "body",
    [{}, {"value": None}, {"value": {}}, {"value": ["text"]}, {"value": [{"id": "a"}, None]}, [], "text", None],
)
def test_a_page_of_another_shape_is_an_unexpected_response(server: ScriptedServer, body: object) -> None:
    server.replies = [Reply(body=body)]

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        list(make_client(server.url).pages("groups"))
