"""Who plays in the cast: areas, organisations, members and children, as data.  Invented, all of them."""

from datetime import date

from shared.organisations.rules import BureauKind, Kind
from shared.people.rules import Role

PersonOf = tuple[str, tuple[Role, ...], str | None]
ChildOf = tuple[str, str, date, str | None, bool]

AREAS: dict[str, tuple[str, str | None]] = {
    "清溪县": ("county", None),
    "云岭镇": ("township", "清溪县"),
    "柳河乡": ("township", "清溪县"),
    "石桥村": ("village", "云岭镇"),
    "桃园村": ("village", "云岭镇"),
    "东街社区": ("community", "云岭镇"),
    "大坪村": ("village", "柳河乡"),
    "远山县": ("county", None),
    "北坡镇": ("township", "远山县"),
}
COMPANIES: dict[str, tuple[Kind, BureauKind | None, str, str]] = {
    "county": (Kind.COUNTY, None, "清溪县关爱办公室", "清溪县"),
    "school": (Kind.SCHOOL, None, "云岭中心学校", "云岭镇"),
    "kindergarten": (Kind.KINDERGARTEN, None, "云岭幼儿园", "云岭镇"),
    "village": (Kind.VILLAGE, None, "石桥村村委会", "石桥村"),
    "community": (Kind.COMMUNITY, None, "东街社区居委会", "东街社区"),
    "education": (Kind.BUREAU, BureauKind.EDUCATION, "清溪县教育局", "清溪县"),
    "civil_affairs": (Kind.BUREAU, BureauKind.CIVIL_AFFAIRS, "清溪县民政局", "清溪县"),
    "township": (Kind.BUREAU, BureauKind.TOWNSHIP_GOVERNMENT, "云岭镇政府", "云岭镇"),
    "stranger": (Kind.SCHOOL, None, "北坡小学", "北坡镇"),
}
UNIT_KINDS: dict[str, str] = {
    Kind.SCHOOL: "class",
    Kind.KINDERGARTEN: "class",
    Kind.VILLAGE: "villager_group",
    Kind.COMMUNITY: "grid",
}
UNITS: dict[str, tuple[str, ...]] = {
    Kind.SCHOOL: ("三年级一班", "四年级二班"),
    Kind.KINDERGARTEN: ("大班",),
    Kind.VILLAGE: ("一组", "二组"),
    Kind.COMMUNITY: ("第一网格",),
}
OF_A_UNIT = {Role.CLASS_TEACHER, Role.GROUP_LEAD, Role.GRID_WORKER}
OFFICE = (Role.TENANT_ADMIN, Role.ARCHIVIST)
PEOPLE: dict[str, dict[str, PersonOf]] = {
    "county": {
        "admin": ("管县", (Role.COUNTY_ADMIN,), None),
        "officer": ("县明", (Role.COUNTY_OFFICER,), None),
        "viewer": ("看图", (Role.COUNTY_VIEWER,), None),
    },
    "school": {
        "head": ("郝校长", (Role.HEAD,), None),
        "admin": ("管老师", OFFICE, None),
        "teacher": ("李老师", (Role.CLASS_TEACHER,), "三年级一班"),
        "other_teacher": ("赵老师", (Role.CLASS_TEACHER,), "四年级二班"),
        "proxy_parent": ("戴家长", (Role.PROXY_PARENT,), None),
    },
    "kindergarten": {
        "head": ("袁园长", (Role.HEAD, Role.TENANT_ADMIN), None),
        "teacher": ("柳老师", (Role.CLASS_TEACHER,), "大班"),
        "teacher_mother": ("马老师", (Role.TEACHER_MOTHER,), None),
    },
    "village": {
        "head": ("石支书", (Role.HEAD, Role.TENANT_ADMIN), None),
        "child_director": ("童主任", (Role.CHILD_DIRECTOR,), None),
        "group_lead": ("祖组长", (Role.GROUP_LEAD,), "一组"),
        "mentor": ("邦干部", (Role.MENTOR,), None),
    },
    "community": {
        "head": ("佘书记", (Role.HEAD, Role.TENANT_ADMIN), None),
        "child_director": ("佟主任", (Role.CHILD_DIRECTOR,), None),
        "grid_worker": ("葛网格", (Role.GRID_WORKER,), "第一网格"),
    },
    "education": {
        "head": ("焦局长", (Role.HEAD, Role.TENANT_ADMIN), None),
        "recipient": ("接老师", (Role.INCIDENT_RECIPIENT,), None),
    },
    "civil_affairs": {
        "head": ("闵局长", (Role.HEAD, Role.TENANT_ADMIN), None),
        "recipient": ("闵同志", (Role.INCIDENT_RECIPIENT,), None),
    },
    "township": {
        "head": ("甄镇长", (Role.HEAD, Role.TENANT_ADMIN), None),
        "supervisor": ("督导员", (Role.CHILD_SUPERVISOR, Role.INCIDENT_RECIPIENT), None),
    },
    "stranger": {
        "head": ("莫校长", (Role.HEAD,), None),
        "admin": ("莫老师", OFFICE, None),
        "teacher": ("陌老师", (Role.CLASS_TEACHER,), "三年级一班"),
    },
}
CHILDREN: dict[str, tuple[ChildOf, ...]] = {
    "school": (
        ("王小明", "male", date(2017, 3, 5), "三年级一班", True),
        ("陈晓芳", "female", date(2017, 6, 12), "三年级一班", True),
        ("刘一帆", "male", date(2017, 9, 1), "三年级一班", False),
        ("周静怡", "female", date(2016, 2, 20), "四年级二班", True),
        ("吴子涵", "male", date(2016, 11, 8), "四年级二班", False),
    ),
    "kindergarten": (("孙乐乐", "female", date(2020, 10, 3), "大班", True),),
    "village": (
        ("郑小石", "male", date(2015, 4, 17), "一组", True),
        ("何春桃", "female", date(2014, 12, 30), "二组", True),
    ),
    "community": (("马东东", "male", date(2018, 1, 9), "第一网格", True),),
    "stranger": (("别家娃", "male", date(2017, 5, 5), "三年级一班", True),),
}
