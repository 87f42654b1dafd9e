"""What the kinds of a plan item and of a record are called, and which of them never hold a word of text.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.kernel.errors import N_

KIND_TITLES: dict[str, str] = {
    "talk": N_("谈心"),
    "home_visit": N_("家访"),
    "field_visit": N_("走访"),
    "call": N_("通电话"),
    "video": N_("视频通话"),
    "letter": N_("书信"),
    "growth_update": N_("成长记录更新"),
    "photo_set": N_("生活照"),
    "test_score": N_("测试成绩"),
    "monthly_summary": N_("每月总结"),
    "good_news": N_("好消息"),
    "class_meeting": N_("班会"),
    "activity": N_("活动"),
    "lecture": N_("讲座"),
    "lesson": N_("上课"),
    "film": N_("观看影片"),
    "birthday": N_("集体生日"),
    "round_table": N_("座谈会"),
    "guardians_meeting": N_("监护人会"),
    "parents_meeting": N_("家长会"),
    "training": N_("培训"),
    "roster": N_("花名册"),
    "card_update": N_("联系卡更新"),
    "dossier": N_("建档"),
    "census": N_("摸底调查"),
    "help_plan": N_("帮扶计划"),
    "individual_plan": N_("个别教育方案"),
    "inspection": N_("检查"),
    "appraisal": N_("考评"),
    "award": N_("表彰"),
    "term_report": N_("工作总结"),
    "handover": N_("交接"),
    "pledge": N_("签订责任书"),
    "duty_roster": N_("值班安排"),
    "leading_group": N_("成立领导小组"),
    "leading_group_meeting": N_("领导小组会议"),
    "donation": N_("募捐"),
    "consolation": N_("慰问"),
    "aid": N_("资助"),
    "goal": N_("一件有意义的事"),
    "pairing": N_("结对帮扶"),
    "video_slot": N_("安排视频时间"),
    "incident_notice": N_("突发情况告知"),
    "other": N_("其他"),
}
VISIT_KINDS = frozenset({"home_visit", "field_visit"})
CHILD_KINDS = frozenset({"talk", "home_visit", "field_visit", "call", "video", "letter"})
NO_TEXT_KINDS = frozenset({"call", "video", "letter"})  # decision 8 of the model: only that it took place
VISIT_OF = {"school": "home_visit", "kindergarten": "home_visit"}  # elsewhere people 走访
CALL_KINDS = frozenset({"call", "video"})


@dataclass(frozen=True)
class Fields:
    """Which of the few fields a record of this kind has."""

    kind: str

    @property
    def title(self) -> str:
        """What the kind is called, not yet translated."""
        return KIND_TITLES[self.kind]

    @property
    def has_text(self) -> bool:
        """Whether there is anything to write down but that it took place."""
        return self.kind not in NO_TEXT_KINDS

    @property
    def is_call(self) -> bool:
        """Whether it has a length."""
        return self.kind in CALL_KINDS

    @property
    def asks_reached(self) -> bool:
        """Whether somebody could have been out, or not have answered."""
        return self.is_call or self.kind in VISIT_KINDS


def direct_kinds(organisation_kind: str) -> list[Fields]:
    """What a child's page offers to record without a due promise."""
    visit = VISIT_OF.get(organisation_kind, "field_visit")
    return [Fields(kind) for kind in ("talk", visit, "call", "video", "letter")]
