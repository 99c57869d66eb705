"""Addresses of notices (文书)."""

from gateway.case.staff import Right
from gateway.console import notices_page
from gateway.console.route import Route

PAPER_ROUTES: tuple[Route, ...] = (
    Route("GET", "/cases/{case}/slip.pdf", notices_page.slip_pdf, Right.TAKE_IN),
    Route("GET", "/cases/{case}/notices/{kind}/{event}", notices_page.show_notice, Right.UNMASK),
    Route("POST", "/cases/{case}/notices/{kind}/{event}", notices_page.print_notice, Right.UNMASK),
)
