"""Every address of the console with what it demands: the one table that tests and the menu are made from."""

from gateway.case.staff import Right
from gateway.console import account, audit, case_page, cases, people, sign_in
from gateway.console.route import Door, Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/", account.home, Door.PERSON, menu="home"),
    Route("GET", "/sign-in", sign_in.show_sign_in, Door.OPEN),
    Route("POST", "/sign-in", sign_in.sign_in, Door.OPEN),
    Route("GET", "/sign-in/code", sign_in.show_code, Door.HALF),
    Route("POST", "/sign-in/code", sign_in.give_code, Door.HALF),
    Route("POST", "/sign-out", sign_in.sign_out, Door.HALF),
    Route("POST", "/language", sign_in.choose_language, Door.OPEN),
    Route("GET", "/link/{token}", sign_in.follow_link, Door.OPEN),
    Route("POST", "/link/{token}", sign_in.use_link, Door.OPEN),
    Route("GET", "/window", cases.show_window_cases, Right.SEE_OWN_CASES, menu="window_cases"),
    Route("GET", "/handler", cases.show_handler_cases, Right.SEE_THEIR_CASES, menu="handler_cases"),
    Route("GET", "/cases/{case}", case_page.show_case, Right.SEE_A_CASE),
    Route("POST", "/cases/{case}/unmask", case_page.unmask, Right.UNMASK),
    Route("GET", "/people", people.list_people, Right.GIVE_RIGHTS, menu="people"),
    Route("GET", "/people/new", people.show_new, Right.GIVE_RIGHTS),
    Route("POST", "/people/new", people.add_person, Right.GIVE_RIGHTS),
    Route("GET", "/people/{person}", people.show_person, Right.GIVE_RIGHTS),
    Route("POST", "/people/{person}", people.change_person, Right.GIVE_RIGHTS),
    Route("POST", "/people/{person}/link", people.make_link, Right.GIVE_RIGHTS),
    Route("POST", "/people/{person}/sessions", people.end_sessions, Right.GIVE_RIGHTS),
    Route("POST", "/people/{person}/factor", people.drop_factor, Right.GIVE_RIGHTS),
    Route("GET", "/audit", audit.show_audit, Right.AUDIT, menu="audit"),
    Route("GET", "/account", account.show_account, Door.PERSON, menu="account"),
    Route("GET", "/account/factor", account.show_factor, Door.PERSON),
    Route("POST", "/account/factor", account.set_factor, Door.PERSON),
)
