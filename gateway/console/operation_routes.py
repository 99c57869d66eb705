"""The addresses of the pages for operators, and of searching; a part of the one table (`routes`)."""

from gateway.case.staff import Right
from gateway.console import (
    audit_export,
    figures_page,
    items_pages,
    keys_page,
    partner_files_page,
    partners_page,
    queue_acts,
    queue_pages,
    reconcile_page,
    search,
    systems_page,
)
from gateway.console.route import Route

OPERATION_ROUTES: tuple[Route, ...] = (
    Route("GET", "/search", search.show_search, Right.SEE_A_CASE, menu="search"),
    Route("POST", "/search", search.search, Right.SEE_A_CASE),
    Route("POST", "/search/export", search.export, Right.SEE_A_CASE),
    Route("POST", "/audit/export", audit_export.export, Right.AUDIT),
    Route("GET", "/partners", partners_page.show_partners, Right.OPERATE, menu="partners"),
    Route("GET", "/partners/{code}", partners_page.show_partner, Right.OPERATE),
    Route("POST", "/partners/{code}/ask", partners_page.ask_partner, Right.OPERATE),
    Route("POST", "/partners/{code}/test", partners_page.try_connection, Right.OPERATE),
    Route("GET", "/partners/{code}/difference", partner_files_page.show_difference, Right.OPERATE),
    Route("POST", "/partners/{code}/rollback", partner_files_page.roll_back, Right.OPERATE),
    Route("GET", "/queue", queue_pages.show_queue, Right.OPERATE, menu="queue"),
    Route("POST", "/queue/find", queue_pages.look_up, Right.OPERATE),
    Route("GET", "/queue/of/{key}", queue_pages.show_envelopes, Right.OPERATE),
    Route("GET", "/queue/act/{verb}", queue_acts.ask_act, Right.OPERATE),
    Route("POST", "/queue/act/{verb}", queue_acts.do_act, Right.OPERATE),
    Route("GET", "/figures", figures_page.show_figures, Right.OPERATE, menu="figures"),
    Route("GET", "/figures/days.svg", figures_page.picture, Right.OPERATE),
    Route("GET", "/reconciliation", reconcile_page.show_days, Right.OPERATE, menu="reconciliation"),
    Route("POST", "/reconciliation/run", reconcile_page.run, Right.OPERATE),
    Route("GET", "/reconciliation/{partner}/{day}", reconcile_page.show_day, Right.OPERATE),
    Route("POST", "/reconciliation/{partner}/{day}", reconcile_page.explain, Right.OPERATE),
    Route("GET", "/items", items_pages.show_items, Right.OPERATE, menu="items"),
    Route("GET", "/items/{code}", items_pages.show_comparison, Right.OPERATE),
    Route("GET", "/systems", systems_page.show_systems, Right.OPERATE, menu="systems"),
    Route("GET", "/keys", keys_page.show_keys, Right.OPERATE, menu="keys"),
    Route("POST", "/keys/decide", keys_page.decide, Right.OPERATE),
)
