"""The link in a mail that marks a follow-up done."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group

from delegations.models import FollowUp
from reminders.models import Reminder
from tests.factories import FollowUpFactory, PartnershipFactory, user_in
from tests.pages import said_on, url_of
from tests.reminders.clock import at, day, mails, remind, started


@pytest.fixture(autouse=True)
def _in_english(settings, office):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def promise(nora):
    promise = FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    remind("2024-10-18")
    return promise


@pytest.fixture
def link(promise):
    (mail,) = mails()
    return urlsplit(re.search(r"Mark as done: (\S+)", mail.text)[1]).path


@pytest.fixture
def officer(client):
    officer = user_in("officer")
    client.force_login(officer)
    return officer


def opened(client, link, *, on="2024-10-18", method="get"):
    with at(on, 10):
        return getattr(client, method)(link)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_the_mail_has_a_link_in_text_and_html(promise, link):
    (mail,) = mails()

    assert link.startswith("/admin/done/")
    assert mail.html.count(f"{link}") == 1
    assert "Mark as done</a>" in mail.html


def test_opening_it_changes_nothing_for_programs_open_every_link(client, officer, promise, link):
    for _time in range(3):
        assert opened(client, link).status_code == 200

    promise.refresh_from_db()
    assert promise.state == FollowUp.State.OPEN
    assert Reminder.objects.filter(done_link_used_at__isnull=False).count() == 0


def test_the_button_marks_it_done(client, officer, promise, link):
    page = opened(client, link, method="post")

    promise.refresh_from_db()
    assert (promise.state, str(promise.done_on)) == ("done", "2024-10-18")
    assert page.url == url_of(promise)
    assert said_on(page) == ["Done: “Call back”."]


def test_it_asks_to_sign_in(client, promise, link):
    for method in ("get", "post"):
        page = opened(client, link, method=method)
        assert (page.status_code, urlsplit(page.url).path) == (302, "/admin/login/")

    promise.refresh_from_db()
    assert promise.state == FollowUp.State.OPEN


@pytest.mark.parametrize("role", ["reader", "portal editor", "administrator"])
def test_who_has_no_right_is_refused(client, promise, link, role):
    client.force_login(user_in(role))

    assert [opened(client, link, method=method).status_code for method in ("get", "post")] == [403, 403]
    promise.refresh_from_db()
    assert promise.state == FollowUp.State.OPEN


def test_who_has_no_right_learns_nothing_of_a_wrong_link(client, promise):
    client.force_login(user_in("reader"))

    assert opened(client, "/admin/done/nonsense/").status_code == 403


def test_used_twice_it_says_so_kindly(client, officer, promise, link):
    opened(client, link, method="post")

    for method in ("get", "post"):
        page = opened(client, link, method=method)
        assert page.status_code == 410
        assert "“Call back” is done already. Thank you." in words(page)


def test_it_works_once_even_if_the_follow_up_was_opened_again(client, officer, promise, link):
    opened(client, link, method="post")
    promise.refresh_from_db()
    promise.reopen()

    page = opened(client, link, method="post")

    promise.refresh_from_db()
    assert (page.status_code, promise.state) == (410, "open")
    assert "This link was used already; since then somebody opened “Call back” again." in words(page)


def test_two_clicks_at_once_mark_it_done_once(client, officer, promise, link):
    assert [opened(client, link, method="post").status_code for _click in range(2)] == [302, 410]
    assert promise.history.filter(state="done").count() == 1


def test_a_dropped_follow_up_says_so(client, officer, promise, link):
    promise.drop()

    page = opened(client, link, method="post")

    assert page.status_code == 410
    assert "“Call back” was dropped: it will not be kept." in words(page)


@pytest.mark.parametrize(("on", "status"), [("2024-12-02", 200), ("2024-12-03", 410)])
def test_it_expires_after_45_days(client, officer, promise, link, on, status):
    page = opened(client, link, on=on)

    assert page.status_code == status
    assert ("This link has expired." in words(page)) == (status == 410)
    assert url_of(promise) in page.content.decode()


@pytest.mark.parametrize("forged", ["nonsense", "WzEsIjI5OTktMDEtMDEiXQ:abc"])
def test_a_link_that_was_not_signed_here_is_of_no_use(client, officer, promise, forged):
    page = opened(client, f"/admin/done/{forged}/", method="post")

    promise.refresh_from_db()
    assert (page.status_code, promise.state) == (410, "open")
    assert "This link is not whole." in words(page)
    assert '<a class="button" href="/admin/delegations/followup/">All follow-ups</a>' in page.content.decode()


def test_a_link_signed_with_another_key_is_of_no_use(client, officer, promise, link, settings):
    settings.SECRET_KEY = "another key of the tests"
    client.force_login(officer)

    assert opened(client, link).status_code == 410


def test_other_matters_have_no_such_link(nora):
    PartnershipFactory(founded="2017-11-17", responsible=nora)
    started("2024-10-17")

    remind("2024-10-18")

    assert "Mark as done" not in mails()[0].text


def test_what_they_owe_has_a_link_to_the_polite_reminder(nora, settings):
    promise = FollowUpFactory(title="Results", due_on="2024-10-18", assignee=nora, owed_by="them")
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    page = f"{settings.SITE_URL}/admin/delegations/followup/{promise.pk}/do/remind-them/"
    assert f"  Remind them politely: {page}\n" in mail.text
    assert f'href="{page}"' in mail.html


def test_who_may_not_close_it_gets_no_link_that_they_would_be_refused_at():
    reader = user_in("reader")
    FollowUpFactory(title="Results", due_on="2024-10-18", assignee=reader, owed_by="them")
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert mail.recipient == reader
    assert "Results" in mail.text
    for said in (mail.text, mail.html):
        assert "Mark as done" not in said
        assert "Remind them politely" not in said


@pytest.mark.parametrize(("away", "stands_in"), [("officer", "reader"), ("reader", "officer")])
def test_the_right_of_who_stands_in_decides(away, stands_in):
    there = user_in(stands_in, language="en")
    user = user_in(away, stand_in=there, away_from=day("2024-10-01"))
    FollowUpFactory(title="Results", due_on="2024-10-18", assignee=user)
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert mail.recipient == there
    assert ("Mark as done" in mail.text) == (stands_in == "officer")


def test_what_we_owe_has_none(promise, link):
    assert "Remind them politely" not in mails()[0].text


def test_whoever_was_promoted_since_may_use_it(client, promise, link):
    reader = user_in("reader")
    reader.groups.add(Group.objects.get(name="officer"))
    client.force_login(reader)

    assert opened(client, link, method="post").status_code == 302
