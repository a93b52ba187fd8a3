# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client of sources of truth against a local server: whole answers, or errors that say what came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.errors import (
    BadInput,
    HoldfastError,
    SourceDenied,
    SourceError,
    SourceUnreachable,
)
from ansible_collections.holdfast.network.plugins.plugin_utils.sources.rest import Rest

from tests.lab.netbox import NetBoxLab, Plan, Tables
from tests.lab.netbox.server import BLIND_TOKEN, TOKEN, TOKEN_V2

DEVICES = "dcim/devices/"


@pytest.fixture(scope="module")
def shared() -> Iterator[NetBoxLab]:
    with NetBoxLab(Tables(Plan(devices=45)), page=10) as lab:
        yield lab


@pytest.fixture
def lab(shared: NetBoxLab) -> NetBoxLab:
    shared.faults.clear()
    shared.requests.clear()
    return shared


def rest(lab: NetBoxLab, token: str | None = TOKEN, **options: Any) -> Rest:
    return Rest(lab.url, token, **options)


def failed(lab: NetBoxLab, cls: type[HoldfastError], token: str | None = TOKEN, **options: Any) -> str:
    with pytest.raises(cls) as caught:
        rest(lab, token, **options).all(DEVICES)
    assert not token or token not in f"{caught.value}{caught.value.detail}"
    return caught.value.message


# -- pages ---------------------------------------------------------------------------------------------


def test_all_rows_come_in_order_by_as_many_pages_as_the_server_gives(lab: NetBoxLab) -> None:
    rows = rest(lab).all(DEVICES, {"brief": True})
    assert [row["id"] for row in rows] == list(range(1, 46)) and len(lab.requests) == 5
    assert sum("offset=0" in one for one in lab.requests) == 1


def test_pages_are_read_at_the_same_time(lab: NetBoxLab) -> None:
    seen: list[int] = []
    answer = lab.answer

    def counted(*request: Any) -> Any:
        seen.append(threading.active_count())
        return answer(*request)

    lab.answer = counted  # type: ignore[method-assign]
    lab.faults.delay = 0.05
    try:
        rest(lab, parallel=4).all(DEVICES)
    finally:
        lab.answer = answer  # type: ignore[method-assign]
    assert max(seen) >= seen[0] + 3


@pytest.mark.parametrize(("limit", "requests"), [(10, 5), (5, 9), (1000, 5)])
def test_a_page_of_another_size(lab: NetBoxLab, limit: int, requests: int) -> None:
    assert len(rest(lab).all(DEVICES, page=limit)) == 45 and len(lab.requests) == requests


def test_an_empty_list_is_one_request(lab: NetBoxLab) -> None:
    assert rest(lab).all("dcim/racks/") == [] and len(lab.requests) == 1


def test_a_list_that_changes_while_it_is_read_is_read_again_and_then_refused(lab: NetBoxLab) -> None:
    client = rest(lab)
    page = client._page
    moved: list[str] = []

    def moving(path: str, params: Any) -> dict[str, Any]:
        found = page(path, params)
        if params["offset"] == 20 and len(moved) < times:
            moved.append("gone")
            found["results"] = found["results"][1:]
        return found

    client._page = moving  # type: ignore[method-assign]
    times = 1
    assert len(client.all(DEVICES)) == 45
    moved.clear()
    times = 2
    with pytest.raises(SourceError, match="told of 45 rows of dcim/devices and gave 44, twice"):
        client.all(DEVICES)


def test_a_list_filters_by_several_values_and_by_truth(lab: NetBoxLab) -> None:
    found = rest(lab).all(DEVICES, {"site": ["site-02", "site-03"], "has_primary_ip": True})
    assert [row["name"] for row in found] == ["dev00001", "dev00002"]
    assert "site=site-02&site=site-03&has_primary_ip=true" in lab.requests[0]


# -- tokens --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [TOKEN, TOKEN_V2, f"Token {TOKEN}", f"Bearer {TOKEN_V2}", f"{TOKEN}\n"])
def test_the_kind_of_a_token_is_told_by_its_form(lab: NetBoxLab, token: str) -> None:
    assert rest(lab, token).get("status/")["netbox-version"] == "4.4.0"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("0" * 40, "HTTP 403: Invalid v1 token"),
        ("nbt_wrong.secret", "HTTP 403: Invalid v2 token"),
        (None, "credentials were not provided"),
        (BLIND_TOKEN, "You do not have permission"),
    ],
)
def test_a_refused_token_is_an_error_with_the_servers_words(lab: NetBoxLab, token: str | None, words: str) -> None:
    message = failed(lab, SourceDenied, token)
    assert words in message and "option token" in message and len(lab.requests) == 1


def test_the_kind_can_be_forced(lab: NetBoxLab) -> None:
    assert "Invalid v2" in failed(lab, SourceDenied, token_kind="bearer")


def test_netrc_does_not_take_the_tokens_place(lab: NetBoxLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert rest(lab).get("status/")


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "über"])
def test_what_is_no_token_is_said_without_showing_it(lab: NetBoxLab, token: str) -> None:
    with pytest.raises(BadInput, match="^token: ") as caught:
        rest(lab, token)
    assert token not in caught.value.message


# -- faults --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["half", "reset", "gateway", "busy"])
def test_a_read_is_tried_once_more(lab: NetBoxLab, kind: str) -> None:
    lab.faults.kinds = ["ok", kind]
    assert len(rest(lab, parallel=1).all(DEVICES)) == 45 and len(lab.requests) == 6


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("half", "ended the connection within its answer to GET /api/dcim/devices/"),
        ("reset", "Connection reset by peer"),
        ("gateway", 'HTTP 502: an HTML page titled "502 Bad Gateway"'),
        ("busy", "HTTP 429: Request was throttled."),
    ],
)
def test_an_outage_that_stays_is_unreachable(lab: NetBoxLab, kind: str, words: str) -> None:
    lab.faults.forever = kind
    assert words in failed(lab, SourceUnreachable) and len(lab.requests) == 2


@pytest.mark.parametrize("kind", ["half", "reset", "gateway"])
def test_half_of_the_pages_are_never_an_answer(lab: NetBoxLab, kind: str) -> None:
    lab.faults.kinds = ["ok", "ok"]
    lab.faults.forever = kind
    failed(lab, SourceUnreachable)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("html", 'with an HTML page titled "Log In | NetBox" instead of JSON'),
        ("broken", "with broken JSON"),
        ("redirect", "on to /login/: set the option url"),
    ],
)
def test_what_is_no_data_is_named_and_not_tried_again(lab: NetBoxLab, kind: str, words: str) -> None:
    lab.faults.kinds = [kind]
    assert words in failed(lab, SourceError) and len(lab.requests) == 1


def test_a_silent_server_is_waited_for_once(lab: NetBoxLab) -> None:
    lab.faults.delay = 1.0
    assert "did not answer GET /api/dcim/devices/ in 0.1 s" in failed(lab, SourceUnreachable, timeout=0.1)
    assert len(lab.requests) == 1


def test_a_wrong_filter_is_told_in_the_servers_words(lab: NetBoxLab) -> None:
    with pytest.raises(SourceError, match="HTTP 400.*atlantis is not one of the available choices") as caught:
        rest(lab).all(DEVICES, {"site": "atlantis"})
    assert caught.value.detail["status"] == 400


def test_another_path_and_another_shape(lab: NetBoxLab) -> None:
    with pytest.raises(SourceError, match="has no GET /api/nothing/here/: check the option url"):
        rest(lab).get("nothing/here/")
    with pytest.raises(SourceError, match="with JSON that is no list"):
        rest(lab).all("status/")
    with pytest.raises(SourceError, match="has another form than expected .KeyError..colour.*another product"):
        rest(lab).all(DEVICES, made=lambda row: row["colour"])


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(SourceUnreachable, match="http://127.0.0.1:1 cannot be reached .*Connection refused"):
        Rest("http://127.0.0.1:1", TOKEN).get("status/")


def test_a_write_is_sent_once(lab: NetBoxLab) -> None:
    lab.faults.kinds = ["reset"]
    with pytest.raises(SourceUnreachable):
        rest(lab).send("POST", DEVICES, {"name": "new"})
    assert lab.requests == ["POST /api/dcim/devices/"]


# -- TLS, addresses, GraphQL ----------------------------------------------------------------------------


def test_a_certificate_that_cannot_be_verified_names_the_options(tmp_path: Path) -> None:
    with NetBoxLab(directory=tmp_path) as lab:
        assert "self-signed certificate; name the certificate" in failed(lab, SourceError)
        assert len(rest(lab, ca_file=str(lab.certificate)).all(DEVICES)) == 20
        assert len(rest(lab, validate_certs=False).all(DEVICES)) == 20


def test_https_to_a_port_that_speaks_http(lab: NetBoxLab) -> None:
    with pytest.raises(SourceError, match="speaks no TLS"):
        Rest(lab.url.replace("http", "https"), TOKEN).get("status/")


@pytest.mark.parametrize("end", ["", "/", "/api", "/api/"])
def test_the_address_may_end_as_it_likes(lab: NetBoxLab, end: str) -> None:
    assert Rest(lab.url + end, TOKEN).get("/api/status/")


@pytest.mark.parametrize(
    "url", ["netbox.example.com", "ftp://x", "http://", "http://u:p@x", "http://x:99999", "http://x?a=b"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="^url: ") as caught:
        Rest(url, TOKEN)
    assert "u:p" not in caught.value.message


def test_options_with_wrong_values(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="^ca_file: .*is no file"):
        Rest("http://x", TOKEN, ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(BadInput, match="^token_kind: 'basic' is none of"):
        Rest("http://x", TOKEN, token_kind="basic")


def test_a_graphql_error_is_an_error(lab: NetBoxLab) -> None:
    with pytest.raises(SourceError, match="does not take the GraphQL query: Syntax Error"):
        rest(lab).graphql("query { nonsense }")
