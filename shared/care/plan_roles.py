"""Which role a plan means by its words for the doer, per kind of organisation.  Data, and the two questions to it."""

from __future__ import annotations

import re

from shared.people.rules import ROLES_OF_KIND, Role

# (words in the doer, the roles they may mean): the first line that fits wins, of its roles the first that the kind
# of organisation has.  Parents, guardians and outside bodies have no role here: such an item asks for one.
DOER_ROLES: tuple[tuple[str, tuple[Role, ...]], ...] = (
    (r"代理家长|代管家长|临时家长", (Role.PROXY_PARENT, Role.LOVE_COUNSELLOR, Role.MENTOR, Role.CADRE_MENTOR)),
    (r"教师妈妈|老师妈妈", (Role.TEACHER_MOTHER, Role.LOVING_PARENT)),
    (
        r"爱心(?:父母|家长|妈妈|爸爸)|社会妈妈",
        (Role.LOVING_PARENT, Role.TEACHER_MOTHER, Role.MENTOR, Role.LOVE_COUNSELLOR, Role.CADRE_MENTOR),
    ),
    (r"辅导员", (Role.LOVE_COUNSELLOR, Role.COUNSELLOR, Role.MENTOR)),
    (r"监护人|家长|父母|妇联|共青团|残联|派出所|民警|关工委|爱心人士", ()),
    (r"心理|咨询", (Role.COUNSELLOR,)),
    (r"档案|学籍", (Role.ARCHIVIST, Role.SOCIAL_AFFAIRS_LEAD, Role.CHILD_DIRECTOR, Role.CARE_LEAD)),
    (r"社会事务", (Role.SOCIAL_AFFAIRS_LEAD,)),
    (r"儿童主任", (Role.CHILD_DIRECTOR,)),
    (r"督导员", (Role.CHILD_SUPERVISOR,)),
    (r"网格", (Role.GRID_WORKER,)),
    (r"组长|村民组", (Role.GROUP_LEAD, Role.HEAD)),
    (r"值班", (Role.DUTY_CADRE, Role.HEAD)),
    (r"帮扶|结对|配对", (Role.MENTOR, Role.CADRE_MENTOR, Role.LOVE_COUNSELLOR, Role.CLASS_TEACHER)),
    (r"村官|村干部|两委", (Role.VILLAGE_OFFICIAL, Role.CHILD_DIRECTOR)),
    (r"志愿者", (Role.VOLUNTEER,)),
    (r"副校长|政教|德育|教导|教务|学生处|教科室|少先队|大队部|团委", (Role.DEPUTY, Role.HEAD)),
    (r"班主任|各班|每班|班级|年级组", (Role.CLASS_TEACHER,)),
    (r"任课|科任", (Role.SUBJECT_TEACHER,)),
    (
        r"校长|园长|书记|主任|局长|领导|小组|专班|学校|[我本]校|[我本]园|幼儿园|[我本]村|村委|社区|居委|[我本分]局"
        r"|机关|系统",
        (Role.HEAD,),
    ),
    (r"教师|老师|教职工|专门人员|工作人员", (Role.CLASS_TEACHER, Role.CHILD_DIRECTOR, Role.CARE_LEAD)),
    (r"干部|党员|职工", (Role.MENTOR, Role.CADRE_MENTOR, Role.GRID_WORKER)),
)

# Who is meant where the plan names nobody: (subject, kind of organisation) → role.
USUAL_ROLES: dict[tuple[str, str], Role] = {
    ("child", "school"): Role.CLASS_TEACHER,
    ("child", "kindergarten"): Role.CLASS_TEACHER,
    ("child", "village"): Role.CHILD_DIRECTOR,
    ("child", "community"): Role.CHILD_DIRECTOR,
    ("child", "bureau"): Role.CADRE_MENTOR,
    ("class", "school"): Role.CLASS_TEACHER,
    ("class", "kindergarten"): Role.CLASS_TEACHER,
    ("class", "village"): Role.GROUP_LEAD,
    ("class", "community"): Role.GRID_WORKER,
}
TITLE_LENGTH = 60


def role_of_words(words: str, organisation_kind: str) -> Role | None:
    """The role these words mean here; None where no member of the organisation is meant."""
    for pattern, roles in DOER_ROLES:
        if re.search(pattern, words):
            return next((role for role in roles if role in ROLES_OF_KIND[organisation_kind]), None)
    return None


def proposed_role(words: str | None, *, subject: str, plan_title: str, organisation_kind: str) -> Role | None:
    """By the doer's words; without any, by whom the plan's title names (代理家长工作计划), then by custom."""
    if words:
        return role_of_words(words, organisation_kind)
    if subject == "child" and (named := _carer_of_title(plan_title[:TITLE_LENGTH], organisation_kind)):
        return named
    return USUAL_ROLES.get((subject, organisation_kind), Role.HEAD)


def _carer_of_title(title: str, organisation_kind: str) -> Role | None:
    """A title that names carers (the first lines of the table) is the plan of those carers."""
    for pattern, roles in DOER_ROLES[:4]:
        if re.search(pattern, title):
            return next((role for role in roles if role in ROLES_OF_KIND[organisation_kind]), None)
    return None
