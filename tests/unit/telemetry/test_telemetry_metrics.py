"""Metrics have bounded labels."""

from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from gateway.case.reasons import Reason
from gateway.telemetry import Metrics, measures


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (one.name, tuple(value for _, value in sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def test_each_act_counts_for_its_partner() -> None:
    metrics = Metrics()
    metrics.know(["500114"])
    metrics.case_submitted("500114")
    metrics.envelopes_delivered("500114", 3)
    metrics.envelopes_settled("500114", 2, ["EXPIRED"])
    metrics.envelope_retried("500114", Reason.PARTNER_UNREACHABLE)
    metrics.show(measures.WAITING, {("500114",): 7})
    metrics.flight("500114", 0.02)
    seen = samples(metrics)
    assert seen["tongban_cases_submitted_total", ("500114",)] == 1
    assert seen["tongban_envelopes_delivered_total", ("500114",)] == 3
    assert seen["tongban_envelopes_settled_total", ("accepted", "500114")] == 2
    assert seen["tongban_envelopes_settled_total", ("refused", "500114")] == 1
    assert seen["tongban_envelopes_refused_total", ("out", "500114", "EXPIRED")] == 1
    assert seen["tongban_envelopes_retried_total", ("500114", "PARTNER_UNREACHABLE")] == 1
    assert seen["tongban_envelopes_waiting", ("500114",)] == 7
    assert seen["tongban_flight_seconds_count", ("500114",)] == 1


def test_a_name_nobody_announced_counts_as_other() -> None:
    metrics = Metrics()
    metrics.know(["500114"])
    for caller in range(100):
        metrics.case_submitted(f"9{caller:05}")
    metrics.show(measures.WAITING, {("unheard-of",): 2})
    seen = samples(metrics)
    assert seen["tongban_cases_submitted_total", ("other",)] == 100
    assert seen["tongban_envelopes_waiting", ("other",)] == 2
    assert not [labels for _, labels in seen if any(label.startswith("90") for label in labels)]


def test_names_beyond_the_bound_count_as_other() -> None:
    metrics = Metrics()
    metrics.know(f"{number:06}" for number in range(1200))
    metrics.case_submitted("000999")
    metrics.case_submitted("001000")
    seen = samples(metrics)
    assert seen["tongban_cases_submitted_total", ("000999",)] == 1
    assert seen["tongban_cases_submitted_total", ("other",)] == 1


def test_two_gateways_in_one_process_count_apart() -> None:
    one, two = Metrics(), Metrics()
    for metrics in (one, two):
        metrics.know(["500114"])
    one.case_submitted("500114")
    assert samples(one)["tongban_cases_submitted_total", ("500114",)] == 1
    assert not any(name.endswith("submitted_total") for name, _ in samples(two))


def test_a_gauge_shows_exactly_the_rows_it_is_given() -> None:
    metrics = Metrics()
    metrics.know(["500114", "433100"])
    metrics.show(measures.WAITING, {("500114",): 7, ("433100",): 1})
    metrics.show(measures.WAITING, {("500114",): 8})
    waiting = {labels: value for (name, labels), value in samples(metrics).items() if "waiting" in name and labels}
    assert waiting == {("500114",): 8}


def test_a_total_that_another_counts_only_grows() -> None:
    metrics = Metrics()
    for stands_at in (3, 3, 5, 4):
        metrics.total(measures.COMMITS, stands_at)
    assert samples(metrics)["tongban_store_commits_total", ()] == 5


def test_words_outside_their_list_count_as_other() -> None:
    metrics = Metrics()
    metrics.know(["500114"])
    metrics.count(measures.PARKED, "500114", "whatever a partner says")
    metrics.observe(measures.HTTP_SECONDS, "/v1/cases/420101", "2xx", value=0.1)
    seen = {labels for _, labels in samples(metrics)}
    assert ("500114", "other") in seen
    assert not any("420101" in label for labels in seen for label in labels)


def test_what_a_reconciliation_found_stands_until_the_next() -> None:
    metrics = Metrics()
    metrics.know(["500114"])
    at = datetime(2026, 11, 25, tzinfo=UTC)
    metrics.reconciled("500114", at, {"not_known_there": 2, "a new class": 1})
    metrics.reconciled("500114", at, {"other_outcome": 1})
    found = {
        labels: value for (name, labels), value in samples(metrics).items() if name.endswith("differences") if value
    }
    assert found == {("other_outcome", "500114"): 1}
    assert samples(metrics)["tongban_reconciliation_last_success_timestamp_seconds", ("500114",)] == at.timestamp()
