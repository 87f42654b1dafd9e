"""A plan as handed in on its page, for the tests of plans and of their items."""

from datetime import datetime

import pytest
from sqlalchemy import select

from shared.care.models import Plan, PlanItem
from shared.kernel.clock import CHINA
from tests.support.plans import silence
from tests.web.forms import post_form

TEXT = """向阳学校关爱工作计划
一、代理家长每月到留守儿童家中家访一次。
二、班主任每周与留守儿童谈心一次。
三、学校定期召开留守儿童座谈会。
四、六一儿童节慰问留守儿童。
"""
STALE = "刚被别人改过"


@pytest.fixture
def school(cast):
    cast.clock(datetime(2026, 9, 1, 8, 0, tzinfo=CHINA))
    yield cast.school
    silence(cast)


@pytest.fixture
def admin(cast, school):
    return cast.client(school.admin)


def url(company, rest=""):
    return f"/o/{company.slug}/plans/{rest}"


def hand_in(client, company, **values):
    return post_form(client, url(company, "new"), {"text": TEXT, "leader": "组长", **values})


def plans_of(company):
    with company.transaction() as session:
        return session.scalars(select(Plan).order_by(Plan.created_at)).all()


def items_of(company, **where):
    with company.transaction() as session:
        return session.scalars(select(PlanItem).filter_by(**where).order_by(PlanItem.position)).all()


@pytest.fixture
def plan(admin, school):
    hand_in(admin, school)
    return plans_of(school)[0]


@pytest.fixture
def page(school, plan):
    return url(school, str(plan.id))


def activate(client, page, version):
    return post_form(client, f"{page}/activation", {"version": version}, page=page)


def version_of(company):
    return plans_of(company)[0].version
