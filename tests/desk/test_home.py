import datetime

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delegations.models import FollowUp
from reminders.models import Clock
from tests.desk.conftest import tie_of
from tests.factories import (
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    MailFactory,
    PartnershipFactory,
    PersonFactory,
    UserFactory,
    user_in,
)
from tests.pages import said_on

HOME = "/admin/"


def today():
    return timezone.localdate()


def text(client, url=HOME):
    page = client.get(url)
    assert page.status_code == 200
    return page.content.decode()


def act(client, follow_up, verb, **fields):
    return client.post(reverse(f"desk:{verb}", args=[follow_up.pk]), fields, follow=True)


@pytest.fixture
def promise(officer):
    return FollowUpFactory(title="Call Linz", due_on=today(), assignee=officer)


# --- the page ---


def test_the_day_is_the_first_page_of_the_admin(client):
    assert reverse("desk:home") == reverse("admin:index") == HOME
    assert text(client).count("<h1>") == 1


def test_whoever_is_not_signed_in_is_asked_to(client):
    client.logout()

    page = client.get(HOME)

    assert page.url == f"{reverse('admin:login')}?next={HOME}"


def test_an_officer_sees_their_own_work_first_and_the_choice_is_remembered(client, promise):
    FollowUpFactory(title="Somebody else's", due_on=today(), assignee=UserFactory())

    assert ("Call Linz" in text(client), "Somebody else" in text(client)) == (True, False)
    assert "Somebody else" in text(client, f"{HOME}?whose=all")
    assert "Somebody else" in text(client)


def test_an_unknown_choice_changes_nothing(client, promise):
    assert "Call Linz" in text(client, f"{HOME}?whose=hers")


@pytest.mark.parametrize("role", ["reader", "portal editor", "administrator", "privacy"])
def test_whoever_changes_nothing_sees_everybodys_work_without_buttons(client, promise, role):
    client.force_login(user_in(role))

    page = text(client)

    assert "Call Linz" in page
    assert reverse("desk:complete", args=[promise.pk]) not in page
    assert reverse("admin:delegations_delegation_add") not in page


def test_a_member_without_a_role_is_told_so(client):
    client.force_login(UserFactory())

    assert "Your account has no rights yet." in text(client)


def test_without_the_right_to_see_mails_their_list_is_not_offered(client):
    MailFactory()
    assert reverse("admin:reminders_mail_changelist") + "?state" in text(client)

    client.force_login(user_in("reader"))

    assert reverse("admin:reminders_mail_changelist") not in text(client)


def test_a_new_office_is_told_how_to_begin_until_the_first_visit_is_there(client):
    def done():
        return [step.is_done for step in client.get(HOME).context["first_steps"]]

    expected = [done()]
    HomeCityFactory()
    expected.append(done())
    tie = PartnershipFactory()
    PersonFactory()
    expected.append(done())
    DelegationFactory(partnership=tie)
    expected.append(done())

    assert expected == [[False] * 5, [True, *[False] * 4], [True] * 4 + [False], []]


def test_whoever_enters_nothing_is_not_told_how_to_begin(client):
    client.force_login(user_in("reader"))

    assert "How to begin" not in text(client)


def test_without_a_tie_nothing_is_said_of_founding_dates(client):
    assert "No tie is on the books here." in text(client, f"{HOME}?whose=all")

    PartnershipFactory(founded=None)

    assert "None of these ties has a founding date yet." in text(client)


def test_that_no_tie_is_mine_does_not_say_that_there_is_none(client):
    PartnershipFactory(founded="1999")

    assert "No tie is among what is shown here." in text(client, f"{HOME}?whose=mine")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (datetime.timedelta(hours=30), "30 hours"),
        (datetime.timedelta(hours=71, minutes=59), "71 hours"),
        (datetime.timedelta(days=9, hours=5), "9 days"),
    ],
)
def test_how_long_nobody_has_looked_is_said_as_people_say_it(client, age, said):
    Clock.current()
    Clock.objects.update(scanned_at=timezone.now() - age)

    assert f"Nobody has looked for what is due for {said}." in text(client)


def test_commands_stand_out_in_what_an_administrator_is_told(client):
    client.force_login(user_in("administrator"))
    Clock.current()
    Clock.objects.update(
        is_paused=True,
        paused_because=Clock.Why.NO_IDENTITY,
        paused_at=timezone.now(),
        scanned_at=timezone.now(),
    )

    page = text(client)

    assert "Make <code>INSTANCE_FILE</code> a place that may be written" in page
    assert "waits</span>" in page


def test_a_machine_that_never_ran_is_not_called_running(client):
    before = text(client)
    Clock.current()
    Clock.objects.update(scanned_at=timezone.now())

    assert ("not yet run" in before, "running" in before) == (True, False)
    assert "running" in text(client)


def test_late_reminders_are_said_at_the_top(client):
    Clock.current()
    Clock.objects.update(scanned_at=timezone.now() - datetime.timedelta(hours=30))

    page = text(client)

    assert 'role="alert"' in page
    assert "Nobody has looked for what is due for 30 hours." in page


def test_the_page_costs_no_more_queries_for_many_rows(client, officer):
    def work(number):
        for _ in range(number):
            FollowUpFactory(due_on=today(), partnership=tie_of("Heim", "Ferne", responsible=officer))

    work(1)
    client.get(HOME)
    with CaptureQueriesContext(connection) as one:
        client.get(HOME)
    work(9)

    with CaptureQueriesContext(connection) as ten:
        page = client.get(HOME)

    assert page.context["day"].due.today == 10
    assert len(ten) == len(one)


# --- done, and undone ---


def test_a_promise_is_done_with_one_click_and_undone_with_another(client, promise):
    page = act(client, promise, "complete")
    promise.refresh_from_db()
    assert (promise.state, promise.done_on) == (FollowUp.State.DONE, today())
    assert page.context["undo"]["said"] == "Done: “Call Linz”."

    back = client.post(page.context["undo"]["url"], page.context["undo"]["fields"], follow=True)

    promise.refresh_from_db()
    assert (promise.state, promise.done_on) == (FollowUp.State.OPEN, None)
    assert said_on(back) == ["“Call Linz” is open again."]
    assert back.context["undo"] is None


def test_undo_is_offered_once(client, promise):
    act(client, promise, "complete")

    assert client.get(HOME).context["undo"] is None


def test_what_is_done_already_stays_as_it_is(client, promise):
    promise.complete(on=datetime.date(2026, 1, 5))

    page = act(client, promise, "complete")

    promise.refresh_from_db()
    assert promise.done_on == datetime.date(2026, 1, 5)
    assert said_on(page) == ["“Call Linz” was settled already."]
    assert said_on(act(client, promise, "postpone", by="week")) == ["“Call Linz” was settled already."]


# --- put off ---


@pytest.mark.parametrize(
    ("due", "by", "new"),
    [
        ("2024-01-31", "week", 7),
        ("2024-01", "week", 7),
    ],
)
def test_what_is_late_is_put_off_from_today(client, officer, due, by, new):
    promise = FollowUpFactory(due_on=due, assignee=officer)

    act(client, promise, "postpone", by=by)

    promise.refresh_from_db()
    assert promise.due_on.first_day == today() + datetime.timedelta(days=new)


def test_what_is_still_to_come_is_put_off_from_its_day(client):
    promise = FollowUpFactory(due_on="2099-01-31")

    act(client, promise, "postpone", by="month")

    promise.refresh_from_db()
    assert str(promise.due_on) == "2099-02-28"


def test_a_promise_is_put_off_to_a_day_and_back(client, promise):
    page = act(client, promise, "postpone", by="day", to="2099-03-04")
    promise.refresh_from_db()
    assert str(promise.due_on) == "2099-03-04"
    assert page.context["undo"]["said"] == "“Call Linz” is due on 4 March 2099."

    back = client.post(page.context["undo"]["url"], page.context["undo"]["fields"], follow=True)

    promise.refresh_from_db()
    assert str(promise.due_on) == str(today())
    assert back.context["undo"] is None


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("", "Say until when: choose a day."),
        ("soon", "This is no date. Write a year, a month or a day: 2004, 07.2004, 22.07.2004 or 2004-07-22."),
        ("2024-01-01", "That day has passed. Choose one that is still to come."),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_words(client, promise, to, said):
    page = act(client, promise, "postpone", by="day", to=to)

    promise.refresh_from_db()
    assert str(promise.due_on) == str(today())
    assert said_on(page) == [said]


# --- who may ---


@pytest.mark.parametrize("verb", ["complete", "reopen", "postpone"])
def test_only_those_who_keep_promises_settle_them(client, promise, verb):
    client.force_login(user_in("reader"))

    page = act(client, promise, verb, by="week")

    promise.refresh_from_db()
    assert (page.status_code, promise.version) == (403, 1)


@pytest.mark.parametrize("verb", ["complete", "reopen", "postpone"])
def test_a_look_changes_nothing(client, promise, verb):
    assert client.get(reverse(f"desk:{verb}", args=[promise.pk])).status_code == 405
    assert client.post(reverse(f"desk:{verb}", args=[0])).status_code == 404


def test_the_right_to_change_is_enough(client, promise):
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_followup", "change_followup"]))
    client.force_login(user)

    act(client, promise, "complete")

    promise.refresh_from_db()
    assert promise.state == FollowUp.State.DONE


def test_the_menu_counts_what_the_page_calls_mine(client, officer):
    tie = tie_of("Berlin", "Istanbul", responsible=officer)
    FollowUpFactory(due_on="2024-01-05", partnership=tie)

    page = client.get(HOME)

    counts = {line["key"]: line["count"] for group in page.context["menu"] for line in group["lines"]}
    assert page.context["day"].due.overdue == 1
    assert (counts["desk:home"]["number"], counts["delegations.FollowUp"]["number"]) == (1, 1)
