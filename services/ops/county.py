"""`hehu county`: the first county, its first administrator, and the way back in for whoever is locked out."""

from __future__ import annotations

import re
from contextlib import closing

import click

from shared.bootstrap import build
from shared.kernel.clock import app_now
from shared.kernel.settings import Settings
from shared.people import founding, links, reset_usecases

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
LONGEST_NAME = 40


@click.group()
def county() -> None:
    """The first county and its administrator; a new password for anybody."""


def _mobile(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    bare = re.sub(r"[\s-]|^\+86", "", value)
    if not MOBILE.fullmatch(bare):
        raise click.BadParameter("a Chinese mobile number has 11 digits, as in 13812345678")
    return bare


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    bare = " ".join(value.split())
    if not bare or len(bare) > LONGEST_NAME or not bare.isprintable():
        raise click.BadParameter(f"give a name of 1 to {LONGEST_NAME} characters")
    return bare


@county.command()
@click.argument("name", callback=_name)
@click.option("--admin", required=True, metavar="PHONE", callback=_mobile, help="Mobile number of the administrator.")
@click.option("--admin-name", default="县级管理员", show_default=True, callback=_name, help="Changed on acceptance.")
def create(name: str, admin: str, admin_name: str) -> None:
    """Create the county NAME and print the invitation of its first administrator."""
    house = build(Settings.from_env(need=("database_url", "field_keys")))
    with closing(house.app), house.app.transaction(None) as session:
        office, invitation = founding.create_county(
            session, name, admin_phone=admin, admin_name=admin_name, now=app_now(session)
        )
        link = links.address_of(session, links.INVITATION, invitation.id, slug=office.slug)
    click.echo(f"{office.name}\n{link}\nfor {admin}, once, within 7 days")


@county.command()
@click.argument("phone", callback=_mobile)
def password(phone: str) -> None:
    """Print a one-time link with which whoever logs in with PHONE chooses a new password.

    For people whom no county can help alone, as they sit in two; check by other means that it is them who ask.
    """
    house = build(Settings.from_env(need=("database_url", "field_keys")))
    with closing(house.app), house.app.transaction(None) as session:
        reset, slug = reset_usecases.start_reset_by_operator(session, phone=phone, now=app_now(session))
        link = links.address_of(session, links.RESET, reset.id, slug=slug)
    click.echo(f"{link}\nfor {phone}, once, within 24 hours")
