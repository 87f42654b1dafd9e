"""`pages`: how many a second two gunicorn processes hand out, beside a bare view that draws the same bytes."""

from __future__ import annotations

import re
from functools import partial
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

from services.ops.bench import bare
from services.ops.bench.browser import Page, body_of, log_in, per_second, wait_until_open, waits
from services.ops.bench.result import Result, Trial, in_turn, medians
from services.ops.bench.stage import Stage, one_value, plain, stage
from services.ops.demo_data.loading import make_county
from services.ops.kept import LogIn
from services.ops.stack import free_port

PUPILS, OFFICES = 2000, 400
SECONDS = 3.0
RATE, RATE_SECONDS = 30, 20.0
GUNICORN = ("-c", "python:services.web.server", "services.ops.bench.bare:bare()")
DRAWN_ANEW = re.compile(rb'"csrf" content="[^"]+"|_token" value="[^"]+"')
# The demo county, and beside it so many children of no further story, and organisations with figures.
PUPILS_MORE = """
    INSERT INTO child (tenant_id, id, name, pinyin, sex, birth_date, unit_id, left_behind)
    SELECT u.tenant_id, gen_random_uuid(), '学生' || n, 'xuesheng' || n, 'male', '2016-09-01', u.id, n %% 5 = 0
      FROM generate_series(1, greatest(0, %s - (SELECT count(*) FROM child WHERE tenant_id = %s))) n
      JOIN (SELECT tenant_id, id, row_number() OVER () AS place, count(*) OVER () AS all_units
              FROM unit WHERE tenant_id = %s) u ON u.place = 1 + n %% u.all_units
"""
OFFICES_MORE = """
    WITH places AS (SELECT id, row_number() OVER () AS place, count(*) OVER () AS all_places FROM area
                     WHERE kind IN ('village', 'community')),
    made AS (
        INSERT INTO organisation (id, slug, kind, name, area_id, is_demo)
        SELECT gen_random_uuid(), 'bench-' || n, (ARRAY['school', 'kindergarten', 'village'])[1 + n %% 3],
               '单位' || n, p.id, true
          FROM generate_series(1, greatest(0, %s - (SELECT count(*) FROM organisation WHERE kind <> 'county'))) n
          JOIN places p ON p.place = 1 + n %% p.all_places
        RETURNING id),
    lines AS (
        INSERT INTO supervision (superior_id, subordinate_id, line)
        SELECT (SELECT id FROM organisation WHERE kind = 'county'), id, 'county' FROM made)
    INSERT INTO org_fact (tenant_id, id, as_of, children, left_behind, counted, due, done, late, missed, last_record_on,
                          window_from, window_until)
    SELECT id, id, now(), 300, 60, 58, 240, 200, 20, 20, current_date, current_date - 30, current_date FROM made
"""


def pages(trial: Trial) -> Result:
    """Today, list of 2,000, child, board of 400; the figure is that of the page with the lowest ratio."""
    with stage(0) as built:
        trial.say("making a county")
        ours = _ours(built, make_county(built.settings))
        floors = _floors(built, ours)
        strict = {name: per_second(ours[name], 1.0) / per_second(_kept(page), 1.0) for name, page in floors.items()}
        ratios, figures = {}, {}
        for name, page in ours.items():
            trial.say(name)
            per_second(floors[name], 1.0)
            found = in_turn(partial(per_second, page, SECONDS), partial(per_second, floors[name], SECONDS), trial)
            figures[name] = medians(found)
            ratios[name] = figures[name][0] / figures[name][1]
        steady = [Page(page.port, page.path, page.cookie, packed=True) for page in ours.values()]
        runs = [quantiles(waits(steady, rate=RATE, seconds=RATE_SECONDS), n=100) for _ in range(trial.runs)]
    worst = min(ratios, key=lambda name: ratios[name])
    details: dict[str, Any] = {
        name: f"{value:,.0f} against {floor:,.0f}, {ratios[name]:.2f}; {strict[name]:.2f} of kept bytes"
        for name, (value, floor) in figures.items()
    }
    details |= {"p95 ms at 30 requests/s": round(median(cuts[94] for cuts in runs), 1), "lowest": worst}
    return Result("pages", figures[worst][0], "pages/s", True, figures[worst][1], ratios[worst], details)


def _ours(built: Stage, people: list[LogIn]) -> dict[str, Page]:
    """Our server and the four pages, each asked for by whoever looks at it most."""
    teacher, head, officer = (_who(people, title) for title in ("班主任", "学校管理员", "县级工作人员"))
    slug = teacher.path.split("/")[2]
    with built.superuser() as connection:
        school = one_value(connection, "SELECT id FROM organisation WHERE slug = %s", [slug])
        connection.execute(PUPILS_MORE, [PUPILS, school, school])
        connection.execute(OFFICES_MORE, [OFFICES])
        connection.execute("VACUUM ANALYZE")
        child = one_value(connection, STORIED, [school])
    port = free_port()
    built.start("services.ops.main", "web", "--port", str(port))
    wait_until_open(port)
    cookies = {one.phone: log_in(port, one.phone, one.password) for one in (teacher, head, officer)}
    return {
        "today": Page(port, teacher.path, cookies[teacher.phone]),
        "children": Page(port, f"/o/{slug}/children/", cookies[head.phone]),
        "child": Page(port, f"/o/{slug}/children/{child}", cookies[head.phone]),
        "board": Page(port, officer.path, cookies[officer.phone]),
    }


STORIED = """
    SELECT c.id FROM child c JOIN care_record r ON r.tenant_id = c.tenant_id AND r.child_id = c.id
     WHERE c.tenant_id = %s GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1
"""


def _who(people: list[LogIn], title: str) -> LogIn:
    return next(one for one in people if one.who.startswith(title))


def _floors(built: Stage, ours: dict[str, Page]) -> dict[str, Page]:
    """The bare server, under the same gunicorn settings, with the values of our pages as they were just now."""
    app = bare.ours(built.settings)
    rows = [bare.recorded(app, page.path, page.cookie) for page in ours.values()]
    with built.superuser() as connection:
        connection.execute(bare.TABLE)
        connection.cursor().executemany("INSERT INTO bench_page VALUES (%s, %s, %s, %s)", rows)
    port = free_port()
    built.extra |= {"HEHU_BARE_URL": plain(built.settings.database_url), "HEHU_WEB_PORT": str(port)}
    built.start("gunicorn", *GUNICORN)
    wait_until_open(port)
    floors = {name: Page(port, page.path, page.cookie) for name, page in ours.items()}
    for floor, (*_, body) in zip(floors.values(), rows, strict=True):
        assert DRAWN_ANEW.sub(b"", body_of(floor)) == DRAWN_ANEW.sub(b"", body), floor.path
    return floors


def _kept(floor: Page) -> Page:
    """The bytes alone, from the same bare server."""
    return Page(floor.port, f"/kept?{urlencode({'path': floor.path})}")
