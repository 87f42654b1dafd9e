"""Members, classes, terms and areas, as pages and as resources."""

import secrets

import pytest

from services.web.edge.login import key_hash
from shared.kernel.models import ApiKey
from shared.organisations.models import Area
from tests.support.cast import new_phone
from tests.web.forms import post_form


def key_of(cast, company, *scopes):
    secret = f"hehu_{secrets.token_urlsafe(24)}"
    with company.transaction() as session:
        session.add(
            ApiKey(
                name="测试",
                prefix=secret[:9],
                key_hash=key_hash(secret),
                scopes=list(scopes),
                created_by=next(iter(company.members.values())).person_id,
            )
        )
    return {"Authorization": f"Bearer {secret}"}


PAGES = ["members/", "members/invite", "units/", "units/add", "settings/", "settings/terms/new"]


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_and_nobody_do_not_reach_the_pages(cast, page):
    address = f"/o/{cast.school.slug}/{page}"

    stranger = cast.client(cast.stranger.admin).get(address)
    missing = cast.client(cast.stranger.admin).get(f"/o/no-such-place/{page}")
    nobody = cast.client().get(address)

    assert stranger.status_code == missing.status_code == 404
    assert nobody.status_code == 303


@pytest.mark.parametrize(
    ("who", "page", "status"),
    [
        ("admin", "members/invite", 200),
        ("head", "members/", 200),
        ("head", "members/invite", 403),
        ("teacher", "members/", 200),
        ("teacher", "members/invite", 403),
        ("teacher", "units/", 200),
        ("teacher", "units/add", 403),
        ("head", "units/add", 200),
        ("head", "settings/", 200),
        ("teacher", "settings/", 403),
        ("proxy_parent", "settings/", 403),
        ("admin", "areas/", 403),
    ],
)
def test_each_role_reaches_what_its_work_needs(cast, who, page, status):
    answer = cast.client(getattr(cast.school, who)).get(f"/o/{cast.school.slug}/{page}")

    assert answer.status_code == status


def test_classes_are_pasted_and_given_to_their_teacher(cast):
    client, units = cast.client(cast.school.admin), f"/o/{cast.school.slug}/units"

    post_form(client, f"{units}/add", {"names": "五年级1班\n五年级2班"})
    unit = f"{units}/{cast.school.units['三年级一班']}"
    post_form(client, unit, {"name": "三年级1班", "head_id": cast.school.other_teacher.membership_id})

    page = client.get(f"{units}/").text
    assert "五年级2班" in page
    assert "三年级1班" in page
    assert "还有 2 个没有负责人" in page


def test_the_last_administrator_is_told_why_they_stay(cast):
    client = cast.client(cast.school.admin)
    member = f"/o/{cast.school.slug}/members/{cast.school.admin.membership_id}"

    ended = post_form(client, f"{member}/end", {}, page=member)
    changed = post_form(client, member, {"roles": "archivist"})

    assert ended.status_code == changed.status_code == 409
    assert "最后一位管理员" in changed.text


def test_the_members_page_of_another_organisations_member_is_not_there(cast):
    client = cast.client(cast.school.admin)

    foreign = client.get(f"/o/{cast.school.slug}/members/{cast.stranger.teacher.membership_id}")
    unknown = client.get(f"/o/{cast.school.slug}/members/{cast.school.id}")

    assert foreign.status_code == unknown.status_code == 404


def test_a_member_who_left_is_out_with_the_next_click(cast):
    admin, teacher = cast.client(cast.school.admin), cast.client(cast.school.teacher)
    page = f"/o/{cast.school.slug}/members/"
    assert teacher.get(page).status_code == 200
    member = f"{page}{cast.school.teacher.membership_id}"

    post_form(admin, f"{member}/end", {}, page=member)

    assert teacher.get(page).status_code == 303


def test_terms_are_added_changed_and_removed(cast):
    client, settings = cast.client(cast.school.head), f"/o/{cast.school.slug}/settings"
    typed = {"name": "春季学期", "starts_on": "2027年2月22日", "ends_on": "2027-07-09"}

    overlap = post_form(client, f"{settings}/terms/new", typed | {"starts_on": "2027-01-22"})
    added = post_form(client, f"{settings}/terms/new", typed)

    assert overlap.status_code == 422
    assert "重叠" in overlap.text
    assert added.status_code == 303
    assert "2027年2月22日" in client.get(f"{settings}/").text


def test_the_county_adds_villages_by_paste(cast):
    client, areas = cast.client(cast.county.admin), f"/o/{cast.county.slug}/areas/"
    typed = {"parent_id": cast.areas["柳河乡"], "kind": "village", "names": "上湾村\n下湾村"}

    added = post_form(client, areas, typed)
    foreign = post_form(client, areas, typed | {"parent_id": cast.areas["北坡镇"]})

    assert added.status_code == 303
    assert foreign.status_code == 404
    assert "下湾村" in client.get(areas).text


def test_scripts_list_members_and_units_of_their_own_organisation(cast):
    client, headers = cast.client(), key_of(cast, cast.school, "members:read", "units:read")

    members = client.get(f"/api/v1/orgs/{cast.school.slug}/members", headers=headers)
    units = client.get(f"/api/v1/orgs/{cast.school.slug}/units?page_size=1", headers=headers)
    foreign = client.get(f"/api/v1/orgs/{cast.stranger.slug}/members", headers=headers)

    assert members.json["total"] == len(cast.school.members)
    assert units.json["total"] == 2
    assert 'rel="next"' in units.headers["Link"]
    assert foreign.status_code == 404


def test_a_script_invites_once_and_hears_of_roles_that_do_not_exist_here(cast):
    client, headers = cast.client(), key_of(cast, cast.school, "members:write")
    address, body = (
        f"/api/v1/orgs/{cast.school.slug}/members",
        {"name": "新老师", "phone": new_phone(), "roles": ["mentor"]},
    )

    once = [client.post(address, json=body, headers={**headers, "Idempotency-Key": "one"}) for _ in range(2)]
    again = client.post(address, json=body, headers={**headers, "Idempotency-Key": "two"})
    wrong = client.post(
        address, json=body | {"roles": ["grid_worker"]}, headers={**headers, "Idempotency-Key": "three"}
    )

    assert [answer.status_code for answer in once] == [201, 201]
    assert once[0].json == once[1].json
    assert (again.status_code, again.json["code"]) == (409, "invitation.open")
    assert (wrong.status_code, wrong.json["code"]) == (409, "roles.kind")
    assert len(cast.events(cast.school, "member.invited")) == 1


def test_an_office_lists_the_organisations_it_supervises(cast):
    client = cast.client()
    with cast.house.app.transaction(None) as session:
        slug = session.get_one(Area, cast.areas["清溪县"]).slug
    headers = key_of(cast, cast.county, "orgs:read")

    found = client.get(f"/api/v1/areas/{slug}/orgs", headers=headers).json

    assert found["total"] == 7
    assert cast.school.slug in [one["slug"] for one in found["items"]]
