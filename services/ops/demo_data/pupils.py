"""The children of the demo county as households tell them, before any list is typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from .names import Inventor

NUMERALS = "一二三四五六"
CLASSES_A_GRADE = 3
PUPILS, LEFT_BEHIND = 743, 122  # as the county board shows it: 16.4 %
PER_CLASS, LARGER_CLASSES = 41, 5
VILLAGE = "云砚县苔岭镇橘坪村"
PLACES = (VILLAGE, "云砚县苔岭镇竹箩村", "云砚县苔岭镇晒谷村", "云砚县苔岭镇井台社区")
CITIES = ("广东省东莞市", "浙江省宁波市", "福建省晋江市", "江苏省昆山市", "上海市松江区", "本省省会")
TRADES = ("制衣厂", "电子厂", "建筑工地", "鞋厂", "快递站点", "餐馆")
BOTH_AWAY, ONE_AWAY = "父母双方外出", "一方外出另一方无监护能力"
SCHOOL_AGE = 6


@dataclass(frozen=True)
class Pupil:
    """A child, its class or group, and the people around it; the carer is set for left-behind children."""

    name: str
    girl: bool
    born: date
    number: str
    unit: str
    address: str
    parents: str
    phone: str
    boards: bool = False
    left_behind: bool = False
    away: str = ""
    works_in: str = ""
    works_at: str = ""
    carer: str = ""
    relation: str = ""
    carer_phone: str = ""


def school_year(today: date) -> int:
    """The year in which the school year of this day began."""
    return today.year if today.month >= 8 else today.year - 1


def class_names() -> list[str]:
    """The eighteen classes: 一（1）班 … 六（3）班."""
    return [f"{numeral}（{one}）班" for numeral in NUMERALS for one in range(1, CLASSES_A_GRADE + 1)]


def school(make: Inventor, *, today: date) -> list[Pupil]:
    """The whole roll of the school, class by class."""
    year = school_year(today)
    found: list[Pupil] = []
    for place, name in enumerate(class_names()):
        grade = place // CLASSES_A_GRADE + 1
        size = PER_CLASS + (place % 4 == 1)
        ages = born_in_year(year - SCHOOL_AGE - grade)
        found += [pupil(make, name, ages, boards=make.random.random() < 0.06 * grade) for _ in range(size)]
    away = set(make.random.sample(range(len(found)), LEFT_BEHIND))
    return [left_behind(make, one) if at in away else one for at, one in enumerate(found)]


def kindergarten(make: Inventor, *, today: date) -> list[Pupil]:
    """Three classes of 24, seven left-behind children in each."""
    year, found = school_year(today), []
    for age, name in ((3, "小班"), (4, "中班"), (5, "大班")):
        ages = born_in_year(year - 1 - age)
        group = [pupil(make, name, ages, place="云砚县荻渡镇茶渡社区") for _ in range(24)]
        found += [left_behind(make, one) if at % 4 == 1 or at == 2 else one for at, one in enumerate(group)]
    return found


def village(make: Inventor, pupils: Iterable[Pupil], *, today: date) -> list[Pupil]:
    """What the village committee finds at the door: its pupils of the school, and two who are too small for it."""
    own = [one for one in pupils if one.left_behind and one.address.startswith(VILLAGE)]
    year = school_year(today)
    small = [left_behind(make, pupil(make, "", born_in_year(year - 3), place=VILLAGE)) for _ in range(2)]
    return [replace(one, unit=f"{NUMERALS[at % 4]}组") for at, one in enumerate([*own, *small])]


def community(make: Inventor, kindergarten_: Iterable[Pupil], *, today: date) -> list[Pupil]:
    """A community's grid lists: some of the kindergarten's children and three who go to school in town."""
    shared = [one for one in kindergarten_ if one.left_behind][:9]
    years = (born_in_year(school_year(today) - age) for age in (9, 10, 12))
    own = [left_behind(make, pupil(make, "", ages, place="云砚县荻渡镇茶渡社区")) for ages in years]
    return [replace(one, unit=f"第{NUMERALS[at % 2]}网格") for at, one in enumerate([*shared, *own])]


def born_in_year(year: int) -> tuple[date, date]:
    """Those who go to school together: from September to August."""
    return date(year, 9, 1), date(year + 1, 8, 31)


def pupil(
    make: Inventor, unit: str, born_within: tuple[date, date], *, place: str | None = None, boards: bool = False
) -> Pupil:
    """A child of one of these years, whose parents are at home."""
    girl = make.random.random() < 0.455  # practice: boys 54.5 %
    family, born = make.family(), make.birthday(*born_within)
    group = f"{make.random.choice(NUMERALS)}组"
    return Pupil(
        name=make.child(family, girl=girl),
        girl=girl,
        born=born,
        number=make.number(born, girl=girl),
        unit=unit,
        address=(place or make.random.choice(PLACES)) + group,
        parents=make.adult(family),
        phone=make.phone(),
        boards=boards,
    )


def left_behind(make: Inventor, one: Pupil) -> Pupil:
    """Nineteen of twenty live with grandparents (practice: 96 %); a few numbers were never collected."""
    grandparents = make.random.random() < 0.95
    relation = make.random.choice(("祖母", "祖父", "外祖母", "外祖父") if grandparents else ("姑母", "伯父", "舅父"))
    family = one.name[0] if relation in ("祖父", "姑母", "伯父") else None
    return replace(
        one,
        left_behind=True,
        away=ONE_AWAY if make.random.random() < 0.12 else BOTH_AWAY,
        works_in=make.random.choice(CITIES),
        works_at=make.random.choice(TRADES),
        carer=make.adult(family),
        relation=relation,
        carer_phone="" if make.random.random() < 0.04 else make.phone(),
    )
