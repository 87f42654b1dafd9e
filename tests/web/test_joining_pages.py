"""From the sign-up form to the first administrator's log-in, as pages."""

import re

from tests.support.cast import PASSWORD, new_phone
from tests.web.forms import post_form, tokens_of

NEW = "nine kites over the dam"
LINK = re.compile(r'value="(http[^"]+/(?:join|reset)/[0-9a-f]{64})"')


def found(pattern, text):
    match = re.search(pattern, text)
    assert match is not None
    return match[1]


def link_in(text):
    return found(LINK, text)


def path(link):
    return re.sub(r"^https?://[^/]+", "", link)


def sign_up(cast, client, phone, **changes):
    typed = {
        "kind": "school",
        "name": "柳河小学",
        "area_id": cast.areas["柳河乡"],
        "contact_name": "申请老师",
        "contact_phone": phone,
    }
    return post_form(client, f"/sign-up/{cast.county.slug}", typed | changes)


def approve(cast, officer):
    index = f"/o/{cast.county.slug}/applications/"
    show = found(rf'href="({index}[0-9a-f-]{{36}})"', officer.get(index).text)
    return post_form(officer, f"{show}/approval", {}, page=show), show


def test_a_school_signs_up_is_approved_and_its_administrator_enters(cast):
    applicant, officer, phone = cast.client(), cast.client(cast.county.officer), new_phone()
    handed_in = sign_up(cast, applicant, phone)
    status = handed_in.location
    assert "正在等" in applicant.get(status).text

    approved, show = approve(cast, officer)
    assert approved.status_code == 303
    shown_to_officer = link_in(officer.get(show).text)
    wrong = post_form(applicant, status, {"contact_phone": new_phone()})
    right = post_form(applicant, status, {"contact_phone": phone})
    link = link_in(right.text)
    accepted = post_form(applicant, path(link), {"name": "申请老师", "new_password": NEW})

    assert wrong.status_code == 422
    assert link == shown_to_officer
    assert accepted.status_code == 303
    assert applicant.get(accepted.location + "members/").status_code == 200
    assert "直接登录" in applicant.get(status).text


def test_a_double_tap_on_approve_makes_one_organisation(cast):
    officer = cast.client(cast.county.officer)
    sign_up(cast, cast.client(), new_phone())
    index = f"/o/{cast.county.slug}/applications/"
    show = found(rf'href="({index}[0-9a-f-]{{36}})"', officer.get(index).text)
    tokens = tokens_of(officer.get(show).text)

    answers = [officer.post(f"{show}/approval", data=tokens) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(cast.events(cast.county, "organisation.approved")) == 1


def test_a_refused_applicant_reads_why_and_begins_again_with_what_was_typed(cast):
    applicant, officer = cast.client(), cast.client(cast.county.officer)
    status = sign_up(cast, applicant, new_phone()).location
    index = f"/o/{cast.county.slug}/applications/"
    show = found(rf'href="({index}[0-9a-f-]{{36}})"', officer.get(index).text)

    post_form(officer, f"{show}/refusal", {"reason": "请用中心学校的名义。"}, page=show)

    page = applicant.get(status).text
    again = found(r'href="([^"]+\?again=[^"]+)"', page)
    assert "请用中心学校的名义。" in page
    assert 'value="柳河小学"' in applicant.get(again).text


def test_a_wrong_form_says_so_and_keeps_what_was_typed(cast):
    answer = sign_up(cast, cast.client(), "12345", kind="village")

    assert answer.status_code == 422
    assert "请填写 11 位手机号" in answer.text
    assert 'value="柳河小学"' in answer.text


def test_only_the_countys_decide(cast):
    for actor, status in (
        (cast.county.viewer, 403),
        (cast.school.head, 404),
        (cast.stranger.head, 404),
        (cast.education.head, 404),
    ):
        answer = cast.client(actor).get(f"/o/{cast.county.slug}/applications/")
        assert answer.status_code == status


def test_an_unknown_link_and_one_of_another_organisation_look_the_same(cast):
    client = cast.client()
    admin = cast.client(cast.school.admin)
    invited = {"name": "新老师", "phone": new_phone(), "roles": "subject_teacher"}
    post_form(admin, f"/o/{cast.school.slug}/members/invite", invited)
    link = link_in(admin.get(f"/o/{cast.school.slug}/members/").text)
    token = link.rpartition("/")[2]

    foreign = client.get(f"/o/{cast.stranger.slug}/join/{token}")
    unknown = client.get(f"/o/{cast.stranger.slug}/join/{'0' * 64}")

    assert foreign.status_code == unknown.status_code == 404
    assert client.get(path(link)).status_code == 200


def test_somebody_with_an_account_accepts_with_their_password(cast):
    admin, client = cast.client(cast.school.admin), cast.client()
    invited = {"name": "邦干部", "phone": cast.phone(cast.village.mentor), "roles": "mentor"}
    post_form(admin, f"/o/{cast.school.slug}/members/invite", invited)
    join = path(link_in(admin.get(f"/o/{cast.school.slug}/members/").text))

    wrong = post_form(client, join, {"password": "not this one"})
    right = post_form(client, join, {"password": PASSWORD})

    assert wrong.status_code == 422
    assert right.status_code == 303
    assert client.get(f"/o/{cast.school.slug}/members/").status_code == 200


def test_a_logged_in_person_accepts_with_one_button(cast):
    admin, client = cast.client(cast.school.admin), cast.client(cast.village.mentor)
    invited = {"name": "邦干部", "phone": cast.phone(cast.village.mentor), "roles": "mentor"}
    post_form(admin, f"/o/{cast.school.slug}/members/invite", invited)
    join = path(link_in(admin.get(f"/o/{cast.school.slug}/members/").text))

    page = client.get(join)
    accepted = post_form(client, join, {})

    assert 'type="password"' not in page.text
    assert accepted.status_code == 303


def test_a_reset_link_is_shown_to_the_administrator_and_used_by_the_person(cast):
    admin, client = cast.client(cast.school.admin), cast.client()
    member = f"/o/{cast.school.slug}/members/{cast.school.teacher.membership_id}"

    link = link_in(post_form(admin, f"{member}/reset", {}, page=member).text)
    weak = post_form(client, path(link), {"new_password": "12345678"})
    done = post_form(client, path(link), {"new_password": NEW})
    again = client.get(path(link))

    assert weak.status_code == 422
    assert done.status_code == 303
    assert again.status_code == 409
    logged_in = post_form(cast.client(), "/log-in", {"phone": cast.phone(cast.school.teacher), "password": NEW})
    assert logged_in.status_code == 303
