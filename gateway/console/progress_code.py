"""The QR code on notices that leads to the progress page; the one module that knows segno (extra `pdf`)."""

import base64
import io
from importlib.util import find_spec

MARGIN = 2
"""Modules of white around it: the paper around is white too (ISO/IEC 18004 wants four in all)."""


def code_svg(link: str) -> str:
    """Return the QR code of an address as SVG, one unit a module; empty where the extra is not installed."""
    if find_spec("segno") is None:
        return ""
    import segno  # noqa: PLC0415 - an extra: read where it is wanted

    out = io.BytesIO()
    segno.make_qr(link, error="m").save(out, kind="svg", border=MARGIN, scale=1, xmldecl=False, light="#fff")
    return out.getvalue().decode()


def code_address(link: str) -> str:
    """Return the QR code of an address as a `data:` address for an image; empty where the extra is not installed."""
    svg = code_svg(link)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg else ""
