"""The deeds a plan can promise: the rows of `deeds.csv`, and the groups of words those rows share.

A row is kind, subject, evidence, period, words.  The first row whose words fit a clause wins, so the special
stands before the general.  `evidence` is the least word of time the clause needs to be a promise: `none`
(the deed alone is one), `soft` (定期, 及时, a trigger or better), `hard` (a frequency, date, festival,
count), `clock` (within so many minutes) or the name of one period.  `period` holds where no word says better.
`words` is a regular expression; `<SET_UP>` stands for a group below.  Gaps are bounded (`.{0,20}`), so that no
text can make a row slow.
"""

import csv
import re
from dataclasses import dataclass
from importlib.resources import files

from .people import QUOTA

# Verbs that set something up.
SET_UP = (
    r"(?<!已)(?:成立|建立|建好|建起|建成|建设|新建|筹建|创建|组建|设立|设置|开设|开通|开辟|布置"
    r"|配备|安装|办好|(?<![搭构共党基])建)(?!有)"
)

# The child spoken with; not its parents.
CHILD = r"(?:儿童|学生|孩子|幼儿|他们|其(?=谈|交|沟)|子女)(?!.{0,4}(?:父母|家长|监护人|的家))"

# Parents and those in their place.
PARENT = r"(?:家长|父母|监护人|托管人|代管人|亲人|爸妈)"

# Somebody given to a child as a helper.
HELPER = (
    r"(?:帮扶对象|帮扶教师|帮扶.{0,4}干部|帮扶人员?|帮扶责任人|帮手|爱心(?:父母|家长|妈妈)|(?:社会"
    r"|教师|代理)妈妈|(?:代理|代管)(?:家长|监护人)|小伙伴|小老师|伙伴|志愿者(?=与|和)|辅导员"
    r"|临时爸爸|联系人|导师)"
)

# Rooms, boxes and lines.
FACILITY = (
    r"(?:之家|活动室|活动中心|活动场所|辅导站|辅导室|辅导中心|咨询室|咨询站|信箱|图书室|图书角"
    r"|阅览室|书屋|驿站|热线|专栏|广播站|心理室|聊天室|视频室|托管中心|托管班|服务站|食堂|宿舍"
    r"|[微Q][信Q].{0,2}群)"
)

# Verbs that hold an event.
HOLD = r"(?:开展|加强|举行|举办|召开|组织|参加|进行|庆祝?|参与|过好|搞好|安排|推进)"

# Events.
EVENT = (
    r"(?:活动|比赛|竞赛|演讲|演出|联欢|运动会|晚会|夏令营|冬令营|展览|书画展|征文|游戏|展演|汇演"
    r"|教育(?!管理|机构|部门|局|教学|资源|工作|方)|春游|研学|参观|实践|游园|联谊|阅读|下乡)"
)

GROUPS = {
    "SET_UP": SET_UP,
    "CHILD": CHILD,
    "PARENT": PARENT,
    "HELPER": HELPER,
    "FACILITY": FACILITY,
    "HOLD": HOLD,
    "EVENT": EVENT,
    "QUOTA": QUOTA,
}

# What makes a clause with a stated frequency a duty although no row above knows the deed.
TASK = (
    r"制[定订]|拟[定订]|组织|安排|开展|落实|召开|举[行办]|完善|整理|宣传|撰写|清理|布置|指导|督促|辅导|收集|上[交报传]"
    r"|填写|填报|评定|打扫|购买|邀请|关注|了解|掌握|更新|公布|编写|领回|接回|接送|陪|照看|做好|填好|写好|办好|出版|检测|体检"
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One row of the table."""

    kind: str
    subject: str
    evidence: str
    period: str
    words: re.Pattern[str]


def _rows() -> tuple[Deed, ...]:
    table = files(__package__).joinpath("deeds.csv").read_text(encoding="utf-8")
    return tuple(
        Deed(row["kind"], row["subject"], row["evidence"], row["period"], _pattern(row["words"]))
        for row in csv.DictReader(table.splitlines())
    )


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"<([A-Z_]{2,})>", lambda group: GROUPS[group[1]], words))


DEEDS = _rows()
