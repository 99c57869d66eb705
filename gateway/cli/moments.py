"""Instants as staff read them."""

from datetime import datetime

from gateway.case.days import CHINA


def moment(text: str | None) -> str:
    """Return an instant of the interface as staff read it: Asia/Shanghai, to the second."""
    return datetime.fromisoformat(text).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if text else ""
