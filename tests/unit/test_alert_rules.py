"""Every figure that somebody must hear of has its alert, and every alert has a figure and says what to do."""

import re
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, Gauge

from shared.kernel import telemetry
from shared.proofs.readings import STATES
from tests.support.cluster import project_root

RULES = yaml.safe_load((project_root() / "infra" / "alerts" / "hehu.rules.yml").read_text("utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
GAUGES = {next(iter(made.describe())).name: made for made in vars(telemetry).values() if isinstance(made, Gauge)}
SEVERITIES = {"page", "ticket"}


def figures(alert: dict[str, Any]) -> set[str]:
    return set(re.findall(r"hehu_\w+", alert["expr"]))


@pytest.mark.parametrize("gauge", GAUGES)
def test_r37_each_figure_of_the_auditor_has_an_alert(gauge: str) -> None:
    assert any(gauge in figures(alert) for alert in ALERTS)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_r37_each_alert_looks_at_figures_that_exist_and_says_what_to_do(alert: dict[str, Any]) -> None:
    known = {name for family in REGISTRY.collect() for name in (family.name, *(s.name for s in family.samples))}

    assert figures(alert)
    assert figures(alert) <= known | set(GAUGES)
    assert alert["labels"]["severity"] in SEVERITIES
    assert set(alert["annotations"]) == {"summary", "what_to_do"}
    assert all(text.strip().endswith(".") for text in alert["annotations"].values())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_r37_an_alert_names_labels_and_states_that_its_figures_have(alert: dict[str, Any]) -> None:
    labels = {label for name in figures(alert) for label in GAUGES[name]._labelnames}
    asked = {label for part in re.findall(r"by \(([^)]*)\)", alert["expr"]) for label in part.split(", ")}
    asked |= set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", alert["expr"]))
    states = {one for part in re.findall(r'state=~"([^"]*)"', alert["expr"]) for one in part.split("|")}

    assert asked <= labels
    assert states <= set(STATES)
    assert alert["expr"].count("(") == alert["expr"].count(")")


def test_r37_no_figure_is_told_apart_by_organisation() -> None:
    assert {label for gauge in GAUGES.values() for label in gauge._labelnames} == {
        *("queue", "table", "part", "channel", "state", "check")
    }
