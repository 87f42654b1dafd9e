"""The main job as `hehu demo --check` tells it: with our own papers, without a worker, and with real papers."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from services.ops.check import STEPS, Documents, check
from tests.support.cluster import project_root

SHARED = Path(__file__).parents[3] / "shared"
PLAN = SHARED / "plan-reader" / "dev" / "001-5-school.txt"
ROSTER = SHARED / "fixtures" / "rosters" / "school_743.xlsx"

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]


def _check(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.ops.main", "demo", "--check"]
    return subprocess.run(
        command, cwd=project_root(), env=os.environ | environment, text=True, capture_output=True, check=False
    )


def _steps(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines()]


def test_every_step_of_the_main_job_is_ok_though_the_worker_is_killed_on_the_way():
    told = _check()

    assert told.returncode == 0, told.stdout + told.stderr
    assert _steps(told.stdout) == ["ok"] * len(STEPS)
    assert "122 of 743 = 16.4 %" in told.stdout
    assert "worker ended by itself (code -9)" in told.stderr


@pytest.mark.full
def test_the_check_fails_where_nobody_reacts():
    told = _check(HEHU_CHECK_WITHOUT="worker,worker-alarm")

    assert told.returncode == 1
    assert told.stdout.splitlines()[-1].startswith("FAILED  occurrences")


@pytest.mark.full
@pytest.mark.skipif(not PLAN.exists() or not ROSTER.exists(), reason="no real papers beside the project (../shared)")
def test_the_main_job_is_done_with_a_real_plan_and_roster(capsys):
    papers = Documents(PLAN.name, PLAN.read_bytes(), ROSTER.name, ROSTER.read_bytes(), as_of=date(2026, 9, 1))

    well = check(lambda said: None, documents=papers)

    told = capsys.readouterr().out
    assert well, told
    assert "122 of 743 = 16.4 %" in told
