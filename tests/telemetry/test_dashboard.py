"""The shipped Grafana dashboard: well formed, every metric in it exists, and no metric is left out."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from gateway.telemetry import Metrics, measures
from tests.telemetry.observatory import ROOT

BOARD: Path = ROOT / "deploy/grafana/tongban.json"


def board() -> dict[str, Any]:
    content = json.loads(BOARD.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def expressions() -> list[str]:
    return [target["expr"] for panel in board()["panels"] for target in panel.get("targets", ())]


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:tongban|process)_[a-z0-9_]+", expression))


def test_it_has_what_grafana_asks_for():
    content = board()
    assert content["schemaVersion"] >= 36
    assert content["uid"]
    assert content["id"] is None, "Grafana gives it a number when it is imported"
    ids = [panel["id"] for panel in content["panels"]]
    assert len(ids) == len(set(ids))
    for panel in content["panels"]:
        zh, _, en = panel["title"].partition(" / ")
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert en
        refs = [target["refId"] for target in panel.get("targets", ())]
        assert len(refs) == len(set(refs))
        assert all(target["datasource"]["uid"] == "${source}" for target in panel.get("targets", ()))
    assert {one["name"] for one in content["templating"]["list"]} == {"source", "partner"}


def test_no_panel_covers_another():
    places = [panel["gridPos"] for panel in board()["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or apart


def test_every_metric_in_it_exists_and_every_metric_is_in_it():
    ours = {one.shown_as for one in measures.ALL}
    buckets = {f"{one.shown_as}_bucket" for one in measures.ALL if one.kind is measures.Kind.HISTOGRAM}
    process = set(re.findall(rb"(?m)^(process_\w+) ", Metrics(process=True).text()))
    shown = {name for expression in expressions() for name in names_in(expression)}
    known = ours | buckets | {name.decode() for name in process}
    assert shown <= known
    used = {name.removesuffix("_bucket") for name in shown}
    assert {name for name in ours if name not in used} == set(), "a metric nobody sees is a metric nobody needs"


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_labels_in_it_are_those_of_the_metric(expression):
    labels = {one.shown_as: {*one.labels, "le"} for one in measures.ALL}
    for name, matchers in re.findall(r"\b(tongban_[a-z0-9_]+)\{([^}]*)\}", expression):
        asked = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", matchers))
        assert asked <= labels[name.removesuffix("_bucket")], name
