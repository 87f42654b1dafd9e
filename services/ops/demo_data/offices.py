"""The offices of the demo county and who works there.  Data."""

from __future__ import annotations

from dataclasses import dataclass

from shared.organisations.rules import BureauKind, Kind
from shared.people.rules import Role

COUNTY = "云砚县"
SCHOOL_TOWN, OTHER_TOWN = "苔岭镇", "荻渡镇"
VILLAGE, COMMUNITY = "橘坪村", "茶渡社区"
VILLAGES = {SCHOOL_TOWN: (VILLAGE, "竹箩村", "晒谷村"), OTHER_TOWN: ("芦花村",)}
COMMUNITIES = {SCHOOL_TOWN: ("井台社区",), OTHER_TOWN: (COMMUNITY,)}


@dataclass(frozen=True)
class Office:
    """An organisation and its people: the first is the administrator, who may have other roles besides."""

    key: str
    kind: Kind
    bureau: BureauKind | None
    name: str
    area: str
    people: dict[str, tuple[Role, ...]]


OFFICES: tuple[Office, ...] = (
    Office(
        "education",
        Kind.BUREAU,
        BureauKind.EDUCATION,
        "云砚县教育局",
        COUNTY,
        {"head": (Role.TENANT_ADMIN, Role.HEAD), "recipient": (Role.INCIDENT_RECIPIENT, Role.CARE_LEAD)},
    ),
    Office(
        "civil_affairs",
        Kind.BUREAU,
        BureauKind.CIVIL_AFFAIRS,
        "云砚县民政局",
        COUNTY,
        {"head": (Role.TENANT_ADMIN, Role.HEAD), "recipient": (Role.INCIDENT_RECIPIENT,)},
    ),
    Office(
        "school_town",
        Kind.BUREAU,
        BureauKind.TOWNSHIP_GOVERNMENT,
        "苔岭镇人民政府",
        SCHOOL_TOWN,
        {"head": (Role.TENANT_ADMIN, Role.HEAD), "supervisor": (Role.CHILD_SUPERVISOR, Role.INCIDENT_RECIPIENT)},
    ),
    Office(
        "other_town",
        Kind.BUREAU,
        BureauKind.TOWNSHIP_GOVERNMENT,
        "荻渡镇人民政府",
        OTHER_TOWN,
        {"head": (Role.TENANT_ADMIN, Role.HEAD), "supervisor": (Role.CHILD_SUPERVISOR, Role.INCIDENT_RECIPIENT)},
    ),
    Office(
        "school",
        Kind.SCHOOL,
        None,
        "苔岭镇中心小学",
        SCHOOL_TOWN,
        {
            "administrator": (Role.TENANT_ADMIN, Role.ARCHIVIST),
            "head": (Role.HEAD,),
            "deputy": (Role.DEPUTY,),
            "counsellor": (Role.COUNSELLOR,),
            "duty": (Role.DUTY_CADRE,),
        },
    ),
    Office(
        "kindergarten",
        Kind.KINDERGARTEN,
        None,
        "荻渡镇中心幼儿园",
        OTHER_TOWN,
        {"head": (Role.TENANT_ADMIN, Role.HEAD), "mother": (Role.TEACHER_MOTHER,)},
    ),
    Office(
        "village",
        Kind.VILLAGE,
        None,
        "橘坪村村民委员会",
        VILLAGE,
        {
            "head": (Role.TENANT_ADMIN, Role.HEAD),
            "director": (Role.CHILD_DIRECTOR,),
            "official": (Role.VILLAGE_OFFICIAL,),
            "mentor": (Role.MENTOR,),
        },
    ),
    Office(
        "community",
        Kind.COMMUNITY,
        None,
        "茶渡社区居民委员会",
        COMMUNITY,
        {
            "head": (Role.TENANT_ADMIN, Role.HEAD),
            "director": (Role.CHILD_DIRECTOR,),
            "social": (Role.SOCIAL_AFFAIRS_LEAD,),
            "counsellor": (Role.LOVE_COUNSELLOR,),
        },
    ),
)
OFFICE = {office.key: office for office in OFFICES}
