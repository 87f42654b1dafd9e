"""Programs with a key, and an organisation with one of everything that the API can name."""

from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from werkzeug.test import TestResponse

from shared.kernel.models import EventRow
from shared.notifications.models import Delivery
from shared.people.key_rules import scopes_of
from shared.people.key_usecases import issue
from tests.support.cast import Cast, Company
from tests.support.promises import a_promise

PLAN = "一、班主任每月对留守儿童家访一次。\n二、每周与留守儿童谈心一次。\n三、代理家长每月给父母打一次电话。\n"
ROSTER = "姓名,性别,出生日期,班级\n王小花,女,2017-05-06,三年级一班\n".encode()


class Script:
    """A program of one organisation; its key has every scope, or `scopes`."""

    def __init__(self, cast: Cast, company: Company, *scopes: str) -> None:
        with company.transaction() as session:
            wanted = scopes or scopes_of(company.kind)
            _key, self.secret = issue(session, name="robot", scopes=wanted, by=company.admin)
        self.client = cast.client()
        self.base = f"/api/v1/orgs/{company.slug}"
        self.headers = {"Authorization": f"Bearer {self.secret}"}

    def get(self, path: str) -> TestResponse:
        """GET a path of the organisation."""
        return self.client.get(f"{self.base}/{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """The answer to a POST that must succeed."""
        headers = {**self.headers, "Idempotency-Key": str(uuid4())}
        options = options or {"json": {} if body is None else body}
        answer = self.client.post(f"{self.base}/{path}", headers=headers, **options)
        assert answer.status_code < 300, answer.text
        return answer.json


def stock(cast: Cast, company: Company, *, about: int = 0) -> dict[str, str]:
    """One of everything about one child, made by a script; the ids by the names that paths and bodies give them."""
    script = Script(cast, company)
    child, teacher = list(company.children)[about], str(company.teacher.membership_id)
    child_id = str(company.children[child])
    visit = {"kind": "home_visit", "child_id": child_id, "doer_id": teacher, "note": "都好"}
    pairing = {"child_id": child_id, "membership_id": teacher, "role": "mentor"}
    incident = script.post("incidents", {"category": "accident", "child_ids": [child_id], "account": "摔伤。"})
    plan = script.post("plans", {"text": PLAN})
    items: Any = script.get(f"plan-items?plan_id={plan['id']}").json
    sent = {"data": {"file": (BytesIO(ROSTER), "roster.csv")}, "content_type": "multipart/form-data"}
    return {
        "child_id": child_id,
        "doer_id": teacher,
        "membership_id": teacher,
        "unit_id": str(next(iter(company.units.values()))),
        "record_id": script.post("records", visit)["id"],
        "incident_id": incident["id"],
        "step_id": incident["steps"][0]["id"],
        "plan_id": plan["id"],
        "item_id": items["items"][0]["id"],
        "import_id": script.post("imports", **sent)["id"],
        "assignment_id": script.post("pairings", pairing)["id"],
        "occurrence_id": str(a_promise(company, child=child, doer=company.teacher, start=date(2026, 9, 1)).id),
        "delivery_id": _failed_message(cast, company, incident["id"]),
    }


def _failed_message(cast: Cast, company: Company, about: str) -> str:
    with company.transaction() as session:
        event_id = session.scalars(select(EventRow.id).where(EventRow.subject_id == UUID(about)).limit(1)).one()
        row = Delivery(event_id=event_id, channel="sms", kind="incident.opened", params={}, state="failed")
        assert company.teacher.membership_id
        row.recipient_id, row.state_at = company.teacher.membership_id, cast.now()
        session.add(row)
        session.flush()
        return str(row.id)
