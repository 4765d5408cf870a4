import re

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone

from reminders.admin import policy_for
from reminders.models import Attempt, Clock, Mail, Reminder, Rule, Stage
from reminders.shipped import SHIPPED, ship
from tests.factories import FollowUpFactory, UserFactory
from tests.pages import errors_on, new_row, save, url_of
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


def test_a_stage_is_added_to_a_rule(client):
    rule = Rule.objects.get(milestone=Rule.Milestone.EVERY)

    page = save(client, url_of(rule), "rule", **new_row("stages", 1, days=60, addressee="head"))

    assert page.status_code == 302
    assert list(rule.stages.values_list("days", "addressee")) == [(60, "head"), (30, "responsible")]


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


def test_a_stage_that_has_spoken_is_not_deleted(mail):
    with pytest.raises(ProtectedError):
        Stage.objects.get(reminders__mail=mail).delete()


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
        "anniversaries: every year",
        "anniversaries: jubilees",
        "anniversaries: round years",
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
        with django_assert_max_num_queries(60) as captured:
            client.get(reverse(f"admin:reminders_{name}_changelist"))
        return len(captured)

    assert queries(12) == queries(20)


def test_days_are_within_ten_years():
    assert Stage.objects.filter(days__gt=3660).count() == 0
    with pytest.raises(ValidationError, match="Stay within ten years"):
        Stage(rule=Rule.objects.first(), days=4000).full_clean()
