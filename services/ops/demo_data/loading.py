"""Puts the demo county together; some weeks of it lie in the past, told to the use-cases as their `now`."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.ops.kept import LogIn
from shared.bootstrap import House, build
from shared.kernel.clock import CHINA, app_now, local_day
from shared.kernel.settings import Settings
from shared.people.rules import Role

from . import history, incidents, lists, plans, pupils, roster
from .founding import Company, Founder
from .names import Inventor
from .offices import OFFICES
from .people import log_ins

SEED = 20160204
TERM_WEEKS = 20
BEHIND = timedelta(weeks=7)  # three fortnights that are over, and one that runs
PROXY_PARENTS = 14


@dataclass(frozen=True)
class Dates:
    """The days that the demo hangs on; the term starts on a Monday, the plans with it."""

    today: date
    term_starts: date

    @classmethod
    def around(cls, now: datetime) -> Dates:
        """So that the term holds today, with weeks behind it and ahead of it, whenever the demo is started."""
        today = local_day(now)
        return cls(today, today - timedelta(days=today.weekday()) - BEHIND)

    @property
    def term_ends(self) -> date:
        """Its last day, a Sunday."""
        return self.term_starts + timedelta(weeks=TERM_WEEKS, days=-1)


def make_county(settings: Settings) -> list[LogIn]:
    """Make it; returns whom to log in as.  About half a minute on two cores."""
    house = build(settings)
    with closing(house.app):
        with house.app.transaction(None) as session:
            now = app_now(session)
        return log_ins(_county(house, now))


def _county(house: House, now: datetime) -> dict[str, Company]:
    dates, make = Dates.around(now), Inventor(SEED)
    founded, in_force = (datetime.combine(dates.term_starts, time(hour), CHINA) for hour in (9, 14))
    founder = Founder(house, make, now=founded)
    county = founder.county()
    founder.term(dates.term_starts, dates.term_ends)
    companies = {office.key: founder.organisation(office) for office in OFFICES}
    _rosters(companies, make, dates.today, founded)
    _staff(founder, companies)
    _promises(companies, in_force, now)
    history.write(companies, make.random, until=now)
    incidents.write(companies["school"], now=now)
    return {"county": county, **companies}


def _rosters(companies: dict[str, Company], make: Inventor, today: date, now: datetime) -> None:
    school = pupils.school(make, today=today)
    small = pupils.kindergarten(make, today=today)
    village = pupils.village(make, school, today=today)
    community = pupils.community(make, small, today=today)
    given = {
        "school": ("administrator", "在校学生名册.xlsx", roster.by_grade("苔岭镇中心小学在校学生名册", school)),
        "kindergarten": ("head", "在园幼儿名册.xlsx", roster.one_sheet("在园幼儿名册", roster.KINDERGARTEN, small)),
        "village": ("director", "橘坪村名单.xlsx", roster.one_sheet("橘坪村留守儿童名单", roster.VILLAGE, village)),
        "community": ("director", "茶渡名单.xlsx", roster.one_sheet("茶渡留守儿童名单", roster.COMMUNITY, community)),
    }
    for key, (by, file_name, data) in given.items():
        lists.take_in(companies[key], data, file_name, by=by, as_of=today, now=now)


def _staff(founder: Founder, companies: dict[str, Company]) -> None:
    school, now = companies["school"], founder.now
    for key, by in (("school", "administrator"), ("kindergarten", "head"), ("village", "head"), ("community", "head")):
        lists.give_heads(founder, companies[key], by=by)
    proxies = [f"proxy{number}" for number in range(PROXY_PARENTS)]
    for who in proxies:
        founder.member(school, who, (Role.SUBJECT_TEACHER, Role.PROXY_PARENT), by="administrator")
    lists.pair(school, [*pupils.class_names(), *proxies], Role.PROXY_PARENT, by="administrator", now=now)
    lists.pair(companies["kindergarten"], ["mother"], Role.TEACHER_MOTHER, by="head", now=now)
    lists.pair(companies["village"], ["mentor", "official"], Role.MENTOR, by="director", now=now)
    lists.pair(companies["community"], ["counsellor"], Role.LOVE_COUNSELLOR, by="director", now=now)


def _promises(companies: dict[str, Company], in_force: datetime, now: datetime) -> None:
    for key, by, file_name in (
        ("school", "administrator", "plan.txt"),
        ("kindergarten", "head", "plan_kindergarten.txt"),
        ("village", "director", "plan_village.txt"),
        ("community", "director", "plan_community.txt"),
    ):
        leader = companies[key].members["head"].name
        plans.put_into_force(companies[key], file_name, by=by, leader=leader, now=in_force)
        plans.top_up(companies[key], now=now)
