"""Every page that there is, as somebody sees it: it keeps the policy, fits the window, and bars nobody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.e2e.addresses import GROUPS, Named
from tests.e2e.browser import NARROW, NARROWEST, WIDE, Visitor, has_strict_policy
from tests.e2e.states import STATES

FULL = bool(os.environ.get("FULL"))
WHO = [("admin", "de"), ("officer", "en")]
# Of each model, as Django names them.
PAGES = ("_changelist", "_add", "_change", "_delete", "_history")


@pytest.mark.parametrize("group", [group for group in GROUPS if group not in ("api", "root")])
@pytest.mark.parametrize(("username", "language"), WHO)
def test_page_keeps_the_policy_fits_the_window_and_bars_nobody(site, username, language, group):
    visitor = site.crawler(username, language)
    found = []

    for address in GROUPS[group]:
        for url in states(visitor, address):
            found += [f"{url} {fault}" for fault in look(visitor, url, axe=FULL)]

    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("group", ["admin", "i18n", "health"])
def test_page_for_whoever_is_not_signed_in_does_so_too(site, group):
    visitor = site.crawler(None, "de")
    found = []

    for address in GROUPS[group]:
        for url in states(visitor, address):
            found += [f"{url} {fault}" for fault in look(visitor, url, axe=True)]

    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("state", STATES)
def test_state_does_so_too_in_the_dark_and_on_a_telephone(site, state):
    visitor = site.crawler("officer", "de")

    STATES[state](visitor)
    found = [*visitor.refusals(), *visitor.complaints, *visitor.overflows(NARROW, NARROWEST)]
    found += visitor.barriers()
    with visitor.seen(scheme="dark"):
        found += visitor.barriers("color-contrast", "link-in-text-block")
    with visitor.seen(width=NARROW):
        found += visitor.barriers()

    assert not found, "\n" + "\n".join(found)


def states(visitor: Visitor, address: Named) -> Iterator[str]:
    """A page, and if it is a list also searched, filtered and empty."""
    for url in address.urls():
        if is_page(visitor, address, url):
            yield url
            if address.name.endswith("_changelist"):
                yield from states_of_list(visitor, url)


def is_page(visitor: Visitor, address: Named, url: str) -> bool:
    """Data, downloads and addresses that only take forms are none; the policy stands on them as well."""
    if address.name.endswith(PAGES):
        return True
    answer = visitor.context.request.get(url)
    assert has_strict_policy(answer), url
    return answer.headers["content-type"].startswith("text/html") and len(answer.body()) > 0


def states_of_list(visitor: Visitor, url: str) -> Iterator[str]:
    if not visitor.page.url.endswith(url):
        return
    links = visitor.page.eval_on_selector_all(
        "a[href^='?']", "links => links.map(link => link.getAttribute('href'))"
    )
    filters: dict[str, str] = {}
    for link in links:
        filters |= dict(parse_qsl(urlsplit(link).query))
    filters = {name: value for name, value in filters.items() if name not in ("o", "p", "q", "all")}
    yield f"{url}?{urlencode({**filters, '_facets': 'True'})}"
    if visitor.page.query_selector("[name=q]"):
        yield f"{url}?q=stadt"
        yield f"{url}?q=there-is-no-such-row"


def look(visitor: Visitor, url: str, *, axe: bool) -> list[str]:
    response = visitor.open(url)
    found = [] if has_strict_policy(response) else ["without a strict policy"]
    found += visitor.refusals()
    if FULL:
        found += visitor.complaints
        found += visitor.overflows(WIDE, NARROW, NARROWEST)
    if axe:
        found += visitor.barriers()
    return found
