"""`hehu roster`: reads a roster and says what is wrong with it, or takes it in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import click

from shared.children.roster import KINDS, Finding, Reading, Refused, read
from shared.children.roster.report import to_json

_SHOWN = 40  # findings of one kind on a terminal; --json has them all


class WrongInput(click.ClickException):
    """One line on standard error, exit 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True, file=file)


@click.group()
def roster() -> None:
    """花名册：检查名单，导入名单。"""


@roster.command()
@click.argument("file")
@click.option("--kind", default="", metavar="|".join(KINDS), help="名单来自学校、幼儿园、村还是社区。")
@click.option("--as-of", "as_of", default="", metavar="YYYY-MM-DD", help="按哪一天计算年龄，默认今天。")
@click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 文档。")
def check(file: str, kind: str, as_of: str, as_json: bool) -> None:
    """检查一份名单（.xlsx 或 .csv），不写入任何数据。"""
    if kind not in KINDS:
        raise WrongInput(f"--kind 应为 {'、'.join(KINDS)} 之一，例如 --kind school。")
    day = _day(as_of)
    data = _bytes(file)
    try:
        reading = read(data, file, kind=kind, as_of=day)
    except Refused as refused:
        if as_json:
            told = {"file": Path(file).name, "kind": kind, "as_of": day.isoformat()}
            click.echo(_dump(told | {"refused": {"code": refused.code, "message": refused.message}}))
        raise WrongInput(f"{refused.code}：{refused.message}") from refused
    click.echo(_dump(to_json(reading)) if as_json else "\n".join(_summary(reading)))


@roster.command("import")
@click.argument("file")
@click.option("--org", "slug", required=True, metavar="NAME", help="单位的网址，即 /o/ 后面的那一段。")
@click.option("--by", "phone", default="", metavar="PHONE", help="由谁导入（手机号），默认该单位唯一的管理员。")
@click.option("--as-of", "as_of", default="", metavar="YYYY-MM-DD", help="按哪一天计算年龄，默认今天。")
@click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 文档。")
def import_(file: str, slug: str, phone: str, as_of: str, as_json: bool) -> None:
    """导入一份名单；有行没能导入时列出原因，退出码 1。"""
    from services.ops import roster_import  # here: `check` needs no database and should start at once

    data = _bytes(file)
    day = _day(as_of) if as_of else None
    reading, view = roster_import.take_in(data, file, slug=slug, phone=phone, as_of=day)
    click.echo(roster_import.told(reading, view, as_json=as_json))
    if view.counts["wrong"]:
        raise click.exceptions.Exit(1)


def _day(as_of: str) -> date:
    if not as_of:
        return datetime.now(ZoneInfo("Asia/Shanghai")).date()
    try:
        return date.fromisoformat(as_of)
    except ValueError as wrong:
        raise WrongInput(f"--as-of 应为 2026-09-01 这样的日期，不是 {as_of}。") from wrong


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as wrong:
        raise WrongInput(f"读不到文件 {file}：请检查路径和权限。") from wrong


def _dump(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def _summary(reading: Reading) -> Iterable[str]:
    """The figures first, then what is to be done, the gravest first."""
    name = Path(reading.filename).name
    yield f"{name}：{reading.rows_total} 行，可导入 {reading.children} 名儿童，其中留守儿童 {reading.left_behind} 名。"
    if reading.rows_with_errors:
        yield f"有错误、不导入的 {reading.rows_with_errors} 行，改好后可再次上传。"
    if reading.no_guardian:
        yield f"\n无人监护（{len(reading.no_guardian)}），请立即核实："
        yield from (f"  {_place(n.sheet, n.row)}　{n.why}" for n in reading.no_guardian)
    yield from _listed("错误", reading.errors)
    yield from _listed("提醒", reading.warnings)
    if reading.repairs:
        yield f"\n已自动修正 {len(reading.repairs)} 处格式问题。"
    for note in reading.file_notes:
        place = f"{note.sheet} {note.column}".strip()
        yield f"说明：{place + '：' if place else ''}{note.code} {note.value}"


def _listed(title: str, findings: tuple[Finding, ...]) -> Iterable[str]:
    if not findings:
        return
    yield f"\n{title}（{len(findings)}）："
    for finding in findings[:_SHOWN]:
        yield f"  {_place(finding.sheet, finding.row)} {finding.column} 列　{finding.code}　{finding.hint}"
    if len(findings) > _SHOWN:
        yield f"  ……其余 {len(findings) - _SHOWN} 条见 --json"


def _place(sheet: str, row: int) -> str:
    return f"{sheet} 第 {row} 行" if sheet else f"第 {row} 行"
