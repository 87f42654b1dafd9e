"""The demo county: invented people, generated rosters, a plan of our own, and some weeks of care behind them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from services.ops.kept import LogIn
from shared.kernel.errors import DomainError
from shared.kernel.settings import Settings

# What to look at first, whoever one is.
THINGS = (
    "以班主任登录，在“今日待办”点一条家访，写几句，保存；再以县级工作人员看看板，数字已经变了。",
    "以教育局接报人登录，打开“连续三次没有做到”的来信，答复；再以校长在“消息”里看这份答复。",
    "以学校管理员登录，打开“工作计划”：左边是原文，右边是读出来的约定，有两条还等着定周期。",
)


def load(settings: Settings) -> list[LogIn]:
    """Make the county; returns whom to log in as.

    In a process of its own: its memory is given back, and a start that finds the county need not load what makes it.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEHU_")}
    given = inherited | settings.environment()
    made = subprocess.run([sys.executable, "-m", __name__], env=given, stdout=subprocess.PIPE, text=True, check=False)
    if made.returncode:
        raise DomainError("ops.no_county", "the demo county could not be made: the reason stands above")
    return [LogIn(**one) for one in json.loads(made.stdout)]
