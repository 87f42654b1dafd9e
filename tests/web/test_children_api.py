"""The roll and the roster import in a script's hands."""

import io
import secrets

import pytest

from services.web.edge.login import key_hash
from shared.kernel.models import ApiKey
from tests.support.imports import child_named
from tests.support.rosters import HEAD, child, csv, number

NUMBER = number("2016-03-08")
FORM = {"content_type": "multipart/form-data"}


@pytest.fixture
def api(cast):
    secret = "hehu_" + secrets.token_urlsafe(20)
    scopes = ["children:read", "children:write", "imports:read", "imports:write"]
    with cast.village.transaction() as session:
        session.add(ApiKey(name="robot", prefix=secret[:9], key_hash=key_hash(secret), scopes=scopes))
    client = cast.client()

    def call(method, path, **options):
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": secrets.token_hex(8)}
        return client.open(f"/api/v1/orgs/{cast.village.slug}/{path}", method=method, headers=headers, **options)

    return call


def test_a_script_registers_reads_and_changes_a_child(cast, api):
    made = api("POST", "children", json={"name": "江一帆", "id_no": NUMBER})
    assert made.status_code == 201
    told = made.json

    changed = api("PATCH", f"children/{told['id']}", json={"version": 1, "guardian_name": "江大川"})
    stale = api("PATCH", f"children/{told['id']}", json={"version": 1, "guardian_name": "江大海"})
    again = api("POST", "children", json={"name": "江一帆", "id_no": NUMBER})
    unknown = api("POST", "children", json={"name": "江一帆", "shoe_size": 30})
    listed = api("GET", "children?q=jyf")

    assert told["id_no"] == f"{NUMBER[:4]}********{NUMBER[-4:]}"
    assert told["facts"]["birth_date"] == "2016-03-08"
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    assert (stale.status_code, stale.json["code"]) == (409, "child.stale")
    assert (again.status_code, again.json["code"]) == (409, "child.number_taken")
    assert (unknown.status_code, list(unknown.json["errors"])) == (422, ["shoe_size"])
    assert (listed.json["total"], listed.json["items"][0]["name"]) == (1, "江一帆")


def test_a_script_hands_in_a_roster_and_confirms_it(cast, api):
    def send(data, name, **more):
        return api("POST", "imports", data={"file": (io.BytesIO(data), name), **more}, **FORM)

    held = send(csv([HEAD, child(), child("何小满", id="1")]), "名单.csv", as_of="2026-09-01")
    assert held.status_code == 201
    rows = api("GET", f"imports/{held.json['id']}/rows?show=wrong")
    done = api("POST", f"imports/{held.json['id']}/confirm")
    refused = api("DELETE", f"imports/{held.json['id']}")
    unreadable = send(b"abc", "名单.pdf")
    nothing = api("POST", "imports", data={}, **FORM)

    assert held.json["counts"]["new"] == 1
    assert [finding["code"] for finding in rows.json["items"][0]["findings"]] == ["id_length"]
    assert (done.status_code, done.json["state"]) == (200, "confirmed")
    assert (refused.status_code, refused.json["code"]) == (409, "roster.confirmed")
    assert (unreadable.status_code, unreadable.json["code"]) == (409, "file_kind")
    assert (nothing.status_code, list(nothing.json["errors"])) == (422, ["file"])
    assert child_named(cast, cast.village, "江一帆")["version"] == 1


def test_a_strangers_child_is_not_there_for_a_script(cast, api):
    foreign = api("GET", f"children/{cast.stranger.children['别家娃']}")
    missing = api("GET", "children/01900000-0000-7000-8000-000000000000")

    assert foreign.status_code == missing.status_code == 404
    assert {**foreign.json, "request_id": ""} == {**missing.json, "request_id": ""}
