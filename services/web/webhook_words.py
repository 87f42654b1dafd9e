"""How the states of other systems' addresses are put into words."""

from __future__ import annotations

from services.web.edge.spoken import gettext
from shared.kernel.errors import N_
from shared.notifications.webhook_rules import TOLD

STATE_WORDS: dict[str, tuple[str, str]] = {
    "well": (N_("正常"), "good"),
    "failing": (N_("没有收下，稍后再试"), "late"),
    "paused": (N_("已暂停"), "bad"),
    "ended": (N_("已停用"), "quiet"),
}
LETTER_WORDS: dict[str, tuple[str, str]] = {
    "queued": (N_("等待发送"), "wait"),
    "sending": (N_("正在发送"), "wait"),
    "sent": (N_("对方已收下"), "good"),
    "failed": (N_("没有送到"), "bad"),
}
STATUS = "webhook.status_"
ERROR_WORDS = {
    "webhook.timeout": N_("对方没有及时回答。"),
    "webhook.unreachable": N_("连接不上对方的服务器。"),
    "webhook.tls": N_("对方的 HTTPS 证书有问题。"),
    "webhook.address": N_("网址指向内部网络，不能推送。"),
    "webhook.not_tried": N_("还没有轮到。"),
    "webhook.ended": N_("推送地址已停用。"),
}


def error(code: str | None) -> str:
    """Why a letter was not taken; nothing for None."""
    if code and code.startswith(STATUS):
        return str(gettext("对方回答了 HTTP %(status)s。", status=code.removeprefix(STATUS)))
    return str(gettext(ERROR_WORDS[code])) if code in ERROR_WORDS else code or ""


def told(*names: str) -> str:
    """Kinds of events in words."""
    return "、".join(gettext(TOLD[name].title if name in TOLD else N_("试发")) for name in names)
