"""Metrics have bounded labels."""

from prometheus_client.parser import text_string_to_metric_families

from gateway.case.reasons import Reason
from gateway.telemetry import Metrics


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
    metrics.envelopes_settled("500114", 2)
    metrics.envelope_retried("500114", Reason.PARTNER_UNREACHABLE)
    metrics.envelopes_waiting("500114", 7)
    metrics.flight("500114", 0.02)
    seen = samples(metrics)
    assert seen["tongban_cases_submitted_total", ("500114",)] == 1
    assert seen["tongban_envelopes_delivered_total", ("500114",)] == 3
    assert seen["tongban_envelopes_settled_total", ("500114",)] == 2
    assert seen["tongban_envelopes_retried_total", ("500114", "PARTNER_UNREACHABLE")] == 1
    assert seen["tongban_envelopes_waiting", ("500114",)] == 7
    assert seen["tongban_flight_seconds_count", ("500114",)] == 1


def test_a_name_nobody_announced_counts_as_other() -> None:
    metrics = Metrics()
    metrics.know(["500114"])
    for caller in range(100):
        metrics.case_submitted(f"9{caller:05}")
    metrics.envelopes_waiting("unheard-of", 2)
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
    assert samples(two) == {}
