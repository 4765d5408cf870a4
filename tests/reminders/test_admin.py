import datetime
import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from config.roles import ROLES
from reminders.due import office_today
from reminders.mail_page import policy_for
from reminders.models import Attempt, Clock, Mail, Reminder, Rule, Stage
from reminders.shipped import SHIPPED, ship
from tests.factories import FollowUpFactory, UserFactory, user_in
from tests.pages import errors_on, save, url_of
from tests.reminders.clock import remind, started

MODELS = {
    "rule": Rule,
    "stage": Stage,
    "reminder": Reminder,
    "mail": Mail,
    "attempt": Attempt,
    "clock": Clock,
}


@pytest.fixture(autouse=True)
def _in_english(settings, english):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.fixture
def mail(office, nora):
    FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    remind("2024-10-18")
    return Mail.objects.get()


# --- rules ---


def test_the_rules_are_shipped_once():
    before = Rule.objects.count(), Stage.objects.count()

    ship(Rule, Stage)

    assert before == (Rule.objects.count(), Stage.objects.count())
    assert before == (len(SHIPPED), sum(map(len, SHIPPED.values())))


def test_what_staff_changed_is_not_shipped_again():
    rule = Rule.objects.get(milestone=Rule.Milestone.JUBILEE)
    rule.stages.filter(days=270).delete()

    ship(Rule, Stage)

    assert 270 not in rule.stages.values_list("days", flat=True)


def test_every_shipped_rule_is_valid():
    for row in [*Rule.objects.all(), *Stage.objects.all()]:
        row.full_clean()


def test_a_second_rule_for_the_same_is_refused(client):
    page = save(
        client,
        reverse("admin:reminders_rule_add"),
        "rule",
        subject="anniversary",
        milestone="round",
        is_active="on",
    )

    assert errors_on(page) == {"subject": ["There is a rule for this already. Change its stages."]}


def test_a_rule_for_anniversaries_says_which_years(client):
    page = save(client, reverse("admin:reminders_rule_add"), "rule", subject="anniversary")

    assert errors_on(page) == {"milestone": ["Anniversaries, and only they, count years: say which ones."]}


def test_only_what_stays_open_is_asked_for_again():
    stage = Stage(rule=Rule.objects.get(subject=Rule.Subject.DELEGATION), days=0, repeat_days=7)

    with pytest.raises(ValidationError, match="Only follow-ups and missing reports"):
        stage.full_clean()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (30, "30 days before"),
        (1, "1 day before"),
        (0, "on the day"),
        (-1, "1 day after"),
        (-14, "14 days after"),
    ],
)
def test_a_stage_is_named_after_its_day(days, words, english):
    assert Stage(days=days).display_days() == words


def test_a_rule_is_named_after_what_it_is_about(english):
    assert [str(rule) for rule in Rule.objects.filter(subject="anniversary").order_by("milestone")] == [
        "Anniversaries of every year",
        "Jubilees",
        "Round anniversaries",
    ]


# --- what came of them ---


@pytest.mark.parametrize("name", ["rule", "stage", "reminder", "mail", "attempt", "clock"])
def test_every_list_and_page_opens(client, mail, name):
    Clock.current()
    model = {"rule": Rule, "stage": Stage, "reminder": Reminder, "mail": Mail, "attempt": Attempt}.get(
        name, Clock
    )

    assert client.get(reverse(f"admin:reminders_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:reminders_{name}_changelist"), {"q": "nora"}).status_code == 200
    assert client.get(url_of(model.objects.first())).status_code == 200


@pytest.mark.parametrize("name", ["reminder", "mail", "attempt", "clock"])
def test_nobody_types_into_what_the_program_writes(client, mail, name):
    model = MODELS[name]

    assert client.get(reverse(f"admin:reminders_{name}_add")).status_code == 403
    assert client.post(url_of(model.objects.first()), {"state": "sent"}).status_code == 403
    assert client.get(url_of(model.objects.first(), "delete")).status_code == 403


def test_a_reminder_is_found_by_what_it_is_about(client, mail):
    url = reverse("admin:reminders_reminder_changelist")

    assert len(client.get(url, {"q": "call"}).context["cl"].result_list) == 1
    assert len(client.get(url, {"q": "nothing"}).context["cl"].result_list) == 0


def test_the_text_of_a_mail_is_shown_as_it_was_sent(client, mail):
    page = client.get(url_of(mail)).content.decode()

    text = re.search(r'<pre class="mail-text">(.*?)</pre>', page, flags=re.DOTALL)
    assert text[1].splitlines() == mail.text.splitlines()


def test_the_html_of_a_mail_is_a_page_of_its_own_under_a_strict_policy(client, mail):
    page = client.get(reverse("admin:reminders_mail_html", args=[mail.pk]))

    policy = page["Content-Security-Policy"]
    assert page.content.decode() == mail.html
    assert policy.startswith("default-src 'none'; style-src 'unsafe-hashes' 'sha256-")
    assert "unsafe-inline" not in policy
    assert policy.endswith("sandbox allow-top-navigation-by-user-activation")


def test_the_policy_names_each_rule_of_style():
    page = "<style>a{b:c}</style><p style=\"font-family: &quot;Segoe UI&quot;\">x</p><p style='no'>"

    assert policy_for(page).count("'sha256-") == 2


def test_a_mail_without_html_has_no_such_page(client, mail):
    Mail.objects.update(html="")

    assert client.get(reverse("admin:reminders_mail_html", args=[mail.pk])).status_code == 404


def test_the_html_of_a_mail_is_for_those_who_may_see_mails(client, mail):
    client.force_login(UserFactory())

    assert client.get(reverse("admin:reminders_mail_html", args=[mail.pk])).status_code == 403


def test_a_failed_mail_is_tried_again(client, mail):
    Mail.objects.update(state=Mail.State.FAILED, tries=7, give_up_at=timezone.now())
    url = reverse("admin:reminders_mail_changelist")

    client.post(url, {"action": "try_again", "_selected_action": [mail.pk]})

    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.give_up_at) == ("due", 0, None)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_head_and_administrator_may_have_a_failed_mail_tried_again_and_nobody_may_change_one(
    client, mail, role
):
    Mail.objects.update(state=Mail.State.FAILED, error="550 no such user")
    client.force_login(user_in(role))
    url = reverse("admin:reminders_mail_changelist")
    may = role in ("head", "administrator")

    page = client.get(url)
    client.post(url, {"action": "try_again", "_selected_action": [mail.pk]})
    changed = client.post(url_of(mail), {"subject": "Something else"})

    assert b'value="try_again"' in page.content if may else b'value="try_again"' not in page.content
    assert Mail.objects.get().state == ("due" if may else "failed")
    assert changed.status_code == 403
    assert Mail.objects.get().subject == mail.subject


def test_a_mail_that_went_out_is_not_sent_again(client, mail):
    url = reverse("admin:reminders_mail_changelist")

    client.post(url, {"action": "try_again", "_selected_action": [mail.pk]})

    assert Mail.objects.get().state == "sent"


@pytest.mark.parametrize("name", ["reminder", "mail", "rule"])
def test_a_list_costs_no_more_queries_with_many_rows(client, office, name, django_assert_max_num_queries):
    def queries(until):
        for number in range(until):
            user = UserFactory(email=f"{until}-{number}@example.org", language="en")
            FollowUpFactory(due_on=f"2024-10-{until}", assignee=user)
        started(f"2024-10-{until - 1}")
        remind(f"2024-10-{until}")
        with django_assert_max_num_queries(110) as captured:
            client.get(reverse(f"admin:reminders_{name}_changelist"))
        return len(captured)

    assert queries(12) == queries(20)


def test_days_are_within_ten_years():
    assert Stage.objects.filter(days__gt=3660).count() == 0
    with pytest.raises(ValidationError, match="Stay within ten years"):
        Stage(rule=Rule.objects.first(), days=4000).full_clean()


# --- the log of mails ---


def found(client, **filters):
    page = client.get(reverse("admin:reminders_mail_changelist"), filters)
    return [str(mail) for mail in page.context["cl"].result_list]


def test_the_log_is_narrowed_by_state_recipient_urgency_and_kind_of_matter(client, mail, toni, nora):
    title = str(mail)
    FollowUpFactory(title="Results", due_on="2024-10-21", assignee=toni)
    remind("2024-10-21")
    other = str(Mail.objects.get(recipient=toni))
    Mail.objects.filter(recipient=toni).update(state=Mail.State.FAILED, is_urgent=False)

    assert found(client, state__exact="sent") == [title]
    assert found(client, state__exact="failed") == [other]
    assert found(client, recipient__id__exact=nora.pk) == [title]
    assert found(client, is_urgent__exact=1) == [title]
    assert found(client, about="follow_up") == [other, title]
    assert found(client, about="anniversary") == []


@pytest.mark.parametrize(
    ("period", "days"), [("today", 0), ("7", 6), ("30", 29), ("365", 364)], ids=["today", "7", "30", "365"]
)
def test_the_log_is_narrowed_by_period(client, mail, period, days):
    today = office_today()
    Mail.objects.update(day=today - datetime.timedelta(days=days))
    assert found(client, period=period) == [str(Mail.objects.get())]

    Mail.objects.update(day=today - datetime.timedelta(days=days + 1))
    assert found(client, period=period) == []


def test_the_log_says_when_a_mail_is_tried_again(client, mail):
    assert "2031" not in client.get(reverse("admin:reminders_mail_changelist")).content.decode()
    moment = datetime.datetime(2031, 1, 2, 12, tzinfo=datetime.UTC)

    Mail.objects.update(state=Mail.State.DUE, next_try_at=moment)

    assert "2031" in client.get(reverse("admin:reminders_mail_changelist")).content.decode()
