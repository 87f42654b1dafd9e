"""The codes of a roster check as data: how grave each is, how to mend it, what a refusal says."""

from __future__ import annotations

from shared.children.roster.values import Refused, Severity
from shared.kernel.errors import N_

ERRORS = {
    "name_missing": N_("请补填姓名；如果这一行不是一名儿童，请删除整行。"),
    "id_digits_lost": N_("请先把该列设为“文本”格式，再按证件重新录入 18 位号码。"),
    "id_length": N_("身份证号应为 18 位，请按证件核对后补全。"),
    "id_checksum": N_("请按证件逐位核对，可能有一位录错。"),
    "id_birth_mismatch": N_("请核对：可能日期录错，也可能贴了别人的身份证号。"),
    "id_shared": N_("不同姓名的两行用了同一个号码，请按证件核对各自的身份证号。"),
    "duplicate_row": N_("该行与前面的行重复，请删除。"),
    "over_age": N_("已满十六周岁，不再列入留守儿童；如系日期录错请更正。"),
}

WARNINGS = {
    "id_missing": N_("可先导入；请补录身份证号，未登记户口的请注明。"),
    "sex_mismatch": N_("请核对性别。"),
    "date_ambiguous": N_("请补全到日。"),
    "date_unreadable": N_("请重新填写出生日期。"),
    "phone_length": N_("请核对手机号，应为 11 位。"),
    "phone_multiple": N_("请确认首选号码。"),
    "phone_digits_lost": N_("请重新填写电话。"),
    "guardian_missing": N_("请核实由谁照料并补填；确实无人照料的，请写明“无人照料”。"),
    "guardian_phone_missing": N_("请补填监护人电话。"),
    "possible_duplicate": N_("可能是同一个孩子，请并排核对后合并或保留。"),
    "duplicate_other_sheet": N_("同一个孩子也在另一张表中，请确认现在由哪一方负责。"),
    "formula_text": N_("请确认%(head)s内容，删除形似公式的文字。"),
}

REPAIRS = {
    "fullwidth": "已把全角数字、字母转为半角。",
    "whitespace": "已去掉多余的空格和换行。",
    "date_format": "已按年月日读出日期。",
    "date_serial": "已把序列数转为日期。",
    "id_lowercase_x": "已把末位 x 转为大写。",
    "id_text_prefix": "已去掉号码前的单引号或制表符。",
    "number_as_text": "已把文本按数字读出。",
    "text_as_number": "已把数值按文本读出。",
    "dot_in_name": "已把姓名中的间隔点统一为“·”。",
}

REFUSALS = {
    "file_zip_bomb": N_("文件解压后过大，未读取。请把名单复制到新的 Excel 工作簿，另存为 .xlsx 后再上传。"),
    "file_xml_entity": N_("文件内部含有不允许的声明，未读取。请把名单复制到新的 Excel 工作簿后再上传。"),
    "file_empty": N_("文件里没有任何内容。请打开文件确认已填写并保存，再上传。"),
    "file_type_mismatch": N_("文件扩展名与内容不符或文件已损坏。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"),
    "file_too_large_range": N_(
        "表格占用的行列过多（最多 20000 行、256 列）。"
        "请删除数据以外的空行空列，或把名单复制到新工作簿、分成几个文件后再上传。"
    ),
    "file_encrypted": N_("文件有密码保护。请在 Excel 或 WPS 中取消密码，另存为 .xlsx 后再上传。"),
    "file_kind": N_("请上传 .xlsx 或 .csv 格式的名单；其他格式请先用 Excel 或 WPS 另存为 .xlsx。"),
    "file_no_header": N_("没有找到表头：请保留写有“姓名”等栏目的一行，或下载模板填写后再上传。"),
}

_HINTS = {**ERRORS, **WARNINGS, **REPAIRS}


def severity_of(code: str) -> Severity:
    """ERROR refuses the row, WARNING wants mending, REPAIR was done without asking."""
    if code in ERRORS:
        return Severity.ERROR
    return Severity.WARNING if code in WARNINGS else Severity.REPAIR


def hint_of(code: str, head: str) -> str:
    """How to mend it, in one Chinese sentence; `head` is the head of the column."""
    return _HINTS[code].replace("%(head)s", head)


def refusal(code: str) -> Refused:
    """The error to raise for a file that is not read at all."""
    # A file without a head is no roster: scripts see one code for both, people the fitting sentence.
    return Refused("file_kind" if code == "file_no_header" else code, REFUSALS[code])
