"""The pages on which rules are read and changed: a preview first, then one click more."""

import re

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.urls import reverse

from config.roles import ROLES
from reminders import due
from reminders.models import Reminder, Rule, Stage
from tests.factories import (
    CityFactory,
    FollowUpFactory,
    HomeCityFactory,
    PartnershipFactory,
    UserFactory,
    user_in,
)
from tests.pages import errors_on, form_on, new_row, said_on, url_of
from tests.reminders.clock import at, remind, started


@pytest.fixture(autouse=True)
def _in_english(settings, english):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture(autouse=True)
def _today():
    with at("2024-09-02", 9):
        yield


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.fixture
def rule(office, berlin_istanbul):
    started("2024-08-18")
    # Ninety days before is behind us, and waits for its mail.
    with at("2024-09-01"):
        due.scan()
    return Rule.objects.get(milestone=Rule.Milestone.ROUND)


def preview(client, rule, **changes):
    """Fill in the form of the rule and ask for the preview."""
    url = url_of(rule) if rule.pk else reverse("admin:reminders_rule_add")
    return client.post(url, form_on(client.get(url), "rule") | changes | {"_preview": "1"})


def press(client, page, button, **changes):
    """Press a button of the preview."""
    data = form_on(page, "preview") | {button: "1"} | changes
    return client.post(page.wsgi_request.path, data)


def everything():
    models = [model for model in apps.get_models() if model._meta.app_label not in ("sessions", "admin")]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}


# --- the list ---


def test_the_list_says_each_rule_in_words(client, rule):
    page = client.get(reverse("admin:reminders_rule_changelist"))

    text = page.content.decode()
    assert "Round anniversaries<small>10, 15, 20 … years</small>" in text
    assert "365, 180, 90, 30 and 7 days before to whoever is responsible" in text
    assert "Goes before: Anniversaries of every year." in text
    assert len(page.context["cl"].result_list) == Rule.objects.count()


def test_the_list_counts_what_went_out_and_what_comes(client, rule):
    remind("2024-09-02", hour=8)

    page = client.get(reverse("admin:reminders_rule_changelist"))

    row = next(row for row in page.context["cl"].result_list if row.pk == rule.pk)
    assert (row.sent, row.coming) == (1, 2)


def test_the_list_marks_a_rule_that_says_nothing(client, rule):
    rule.stages.update(is_active=False)

    assert b"says nothing" in client.get(reverse("admin:reminders_rule_changelist")).content


def test_the_list_costs_no_more_queries_with_many_ties(client, rule, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(122) as captured:
            client.get(reverse("admin:reminders_rule_changelist"))
        return len(captured)

    before = queries()
    for number in range(20):
        PartnershipFactory(home=HomeCityFactory(), partner=CityFactory(), founded=f"19{40 + number}-10-03")
    started("2024-09-01")

    assert queries() == before


# --- preview, then save ---


def test_the_form_has_no_button_that_saves(client, rule):
    page = client.get(url_of(rule)).content.decode()

    assert re.findall(r'<button type="submit"[^>]*name="(\w+)"', page) == ["_preview"]


def test_a_form_sent_as_if_to_save_is_only_previewed(client, rule):
    data = form_on(client.get(url_of(rule)), "rule") | {"title": "Runde"}

    page = client.post(url_of(rule), data | {"_save": "1"})

    assert page.status_code == 200
    assert page.context["found"].rule.title == "Runde"
    assert Rule.objects.get(pk=rule.pk).title == ""


def test_the_preview_changes_no_row(client, rule):
    before = everything()

    page = preview(
        client, rule, **{"stages-0-days": "200"}, **new_row("stages", 5, days=45, addressee="head")
    )

    assert page.status_code == 200
    assert everything() == before


def test_the_preview_names_what_is_different_by_month(client, rule):
    stages = list(rule.stages.all())
    number = next(index for index, stage in enumerate(stages) if stage.days == 30)

    page = preview(client, rule, **{f"stages-{number}-days": "28"})

    [gone], [added] = page.context["gone"], page.context["added"]
    assert (gone.title, [line.when for line in gone.lines]) == ("October 2024", ["Fri 18 Oct"])
    assert (added.title, [(line.title, line.happens) for line in added.lines]) == (
        "October 2024",
        [("35 years Berlin–Istanbul", "17 Nov 2024")],
    )
    assert [list(map(str, line.recipients)) for line in added.lines] == [["Nora Beispiel"]]


def test_one_click_more_saves_what_was_previewed(client, rule):
    page = preview(client, rule, **{"stages-0-days": "400"}, title="Runde Zahlen")

    answer = press(client, page, "_save")

    assert answer.status_code == 302
    assert Rule.objects.get(pk=rule.pk).title == "Runde Zahlen"
    assert rule.stages.first().days == 400


def test_what_was_changed_after_the_preview_is_previewed_again(client, rule):
    page = preview(client, rule, title="Eins")

    answer = press(client, page, "_save", title="Zwei")

    assert answer.context["found"].rule.title == "Zwei"
    assert Rule.objects.get(pk=rule.pk).title == ""


def test_the_preview_of_one_user_lets_no_other_save(client, rule):
    page = preview(client, rule, title="Eins")
    client.force_login(UserFactory(is_superuser=True))

    answer = press(client, page, "_save")

    assert answer.status_code == 200
    assert Rule.objects.get(pk=rule.pk).title == ""


def test_back_from_the_preview_the_form_is_as_it_was_left(client, rule):
    page = preview(client, rule, title="Eins", **new_row("stages", 5, days=45, addressee="head"))

    form = press(client, page, "_back")

    fields = form_on(form, "rule")
    assert (fields["title"], fields["stages-5-days"]) == (["Eins"], ["45"])
    assert errors_on(form) == {}
    assert Rule.objects.get(pk=rule.pk).title == ""


def test_a_form_with_faults_comes_back_without_a_preview(client, rule):
    page = preview(client, rule, **{"stages-0-text__de": "{nmae}"})

    [sentence] = errors_on(page)["stages-0-text"]
    assert sentence.startswith("German: “{nmae}” is not known here.")
    assert "found" not in page.context


def test_a_rule_that_another_has_changed_meanwhile_is_not_saved_over(client, rule):
    page = preview(client, rule, title="Meins")
    other = Rule.objects.get(pk=rule.pk)
    other.title = "Ihres"
    other.save()

    answer = press(client, page, "_save")

    assert answer.status_code == 409
    assert Rule.objects.get(pk=rule.pk).title == "Ihres"


def test_what_was_chosen_after_a_conflict_is_previewed_then_saved(client, rule):
    page = preview(client, rule, title="Meins")
    other = Rule.objects.get(pk=rule.pk)
    other.title = "Ihres"
    other.save()
    conflict = press(client, page, "_save")

    again = client.post(url_of(rule), form_on(conflict, "conflict") | {"_all": "mine"})
    assert Rule.objects.get(pk=rule.pk).title == "Ihres"
    press(client, again, "_save")

    assert Rule.objects.get(pk=rule.pk).title == "Meins"


def test_a_new_rule_is_previewed_before_it_is_there(client, rule):
    rule.is_active = False
    rule.save()
    fields = {"subject": "anniversary", "milestone": "round", "is_active": "on"}

    page = preview(
        client, Rule(), **fields, **new_row("stages", 0, days=50, addressee="responsible", is_active="on")
    )
    assert [each.on.isoformat() for each in page.context["found"].coming] == ["2024-09-28"]
    assert Rule.objects.filter(milestone="round").count() == 1
    press(client, page, "_save")

    assert Stage.objects.get(days=50).rule != rule


def test_each_change_is_kept_in_the_history(client, rule):
    before = rule.history.count(), Stage.history.filter(rule=rule).count()

    press(client, preview(client, rule, title="Eins", **{"stages-0-days": "400"}), "_save")

    assert rule.history.count() == before[0] + 1
    assert Stage.history.filter(rule=rule).count() == before[1] + 1
    assert rule.history.order_by("history_id").last().history_user is not None


# --- rails ---


def test_a_doubled_stage_is_refused_with_a_sentence(client, rule):
    page = preview(client, rule, **new_row("stages", 5, days=30, addressee="responsible", is_active="on"))

    found = " ".join(text for texts in errors_on(page).values() for text in texts)
    assert "This rule has a stage on that day for them already." in found
    assert Stage.objects.filter(rule=rule, days=30).count() == 1


def test_two_new_stages_alike_are_refused_with_a_sentence(client, rule):
    row = {"days": 45, "addressee": "head", "is_active": "on"}
    rows = new_row("stages", 5, **row) | new_row("stages", 6, **row)

    page = preview(client, rule, **rows)

    assert errors_on(page)["stages"] == [
        "Two stages speak on the same day to the same people. Change one, or take it away."
    ]


def spoken(rule):
    """The stage of which a reminder has come already."""
    return Reminder.objects.get(stage__rule=rule).stage


def test_a_stage_that_has_spoken_is_switched_off_instead_of_deleted(client, rule):
    stage = spoken(rule)
    number = list(rule.stages.all()).index(stage)

    page = preview(client, rule, **{f"stages-{number}-DELETE": "on"})
    assert page.context["switched_off"] == ["90 days before (whoever is responsible)"]
    press(client, page, "_save")

    stage.refresh_from_db()
    assert stage.is_active is False


def test_a_stage_that_has_not_spoken_is_deleted(client, rule):
    press(client, preview(client, rule, **{"stages-0-DELETE": "on"}), "_save")

    assert not rule.stages.filter(days=365).exists()


def test_in_the_shell_it_is_switched_off_as_well(rule):
    stage = spoken(rule)

    assert stage.delete() == (0, {})
    assert Stage.objects.get(pk=stage.pk).is_active is False


def test_the_form_warns_of_a_rule_that_says_nothing(client, rule):
    rule.stages.update(is_active=False)

    assert "No stage is in use" in client.get(url_of(rule)).content.decode()


def test_the_form_lists_the_placeholders_that_the_rule_knows(client, rule):
    promise = Rule.objects.get(subject="follow_up")

    assert "<code>{years}</code>" in client.get(url_of(rule)).content.decode()
    assert "<code>{years}</code>" not in client.get(url_of(promise)).content.decode()


# --- as it came with the house ---


def test_a_rule_is_reset_after_its_preview(client, rule):
    rule.title, rule.is_active = "Anders", False
    rule.save()
    rule.stages.filter(days__in=(365, 180)).delete()
    rule.stages.filter(days=30).update(text={"de": "Bald."}, is_active=False)
    Stage.objects.create(rule=rule, days=45)
    url = reverse("admin:reminders_rule_shipped", args=[rule.pk])
    before = everything()

    page = client.get(url)
    assert everything() == before
    press(client, page, "_save")

    rule.refresh_from_db()
    assert (rule.title, rule.is_active) == ("", True)
    assert list(rule.stages.values_list("days", "text", "is_active")) == [
        (days, {}, True) for days in (365, 180, 90, 30, 7)
    ]


def test_a_reset_keeps_a_stage_that_has_spoken_switched_off(rule):
    extra = Stage.objects.create(rule=rule, days=46)
    with at("2024-10-02"):
        due.scan()
    assert extra.has_spoken()

    rule.reset()

    extra.refresh_from_db()
    assert extra.is_active is False


def test_a_reset_of_what_is_as_shipped_makes_no_new_stage_version(rule):
    before = Stage.history.count()

    rule.reset()

    assert Stage.history.count() == before


def test_a_second_rule_for_the_same_cannot_be_reset_into_use(rule):
    second = Rule.objects.create(subject="anniversary", milestone="round", is_active=False)

    with pytest.raises(ValidationError, match="There is a rule for this already"):
        second.reset()


# --- what it is about ---


@pytest.fixture
def promises(db):
    """The rule for departures is off, so that nothing but its stages keeps this one from their subject."""
    Rule.objects.filter(subject="delegation").update(is_active=False)
    return Rule.objects.get(subject="follow_up")


def test_a_rule_with_stages_keeps_what_it_is_about(promises):
    promises.subject = "delegation"

    with pytest.raises(ValidationError) as refusal:
        promises.full_clean()

    assert refusal.value.message_dict == {
        "subject": ["Its stages speak of what it was made for. Make another rule for this."]
    }


def test_a_rule_without_stages_may_be_about_something_else(promises):
    promises.stages.all().delete()
    promises.subject = "delegation"

    promises.full_clean()


def test_its_years_may_change_with_its_stages_kept(rule):
    Rule.objects.filter(milestone="jubilee").update(is_active=False)
    rule.milestone = "jubilee"

    rule.full_clean()


def test_what_it_is_about_is_chosen_once(client, promises):
    assert "subject" in form_on(client.get(reverse("admin:reminders_rule_add")), "rule")

    page = client.get(url_of(promises))
    assert "subject" not in form_on(page, "rule")
    press(client, preview(client, promises, subject="delegation"), "_save", subject="delegation")

    promises.refresh_from_db()
    assert promises.subject == "follow_up"


# --- how it reads ---


def test_each_stage_shows_its_mail_in_both_languages(client, rule):
    page = preview(client, rule, **{"stages-0-text__de": "Bitte {city} einladen.", "stages-0-text__en": ""})

    mails = page.context["mails"]
    assert [mail.stage.days for _number, mail, _contents in mails] == [365, 180, 90, 30, 7]
    german, english = mails[0][2]["de"], mails[0][2]["en"]
    assert "Bitte Istanbul einladen." in german.text
    assert "Guten Morgen, Nora Beispiel," in german.text
    assert "Good morning, Nora Beispiel," in english.text
    assert "Istanbul einladen" not in english.text


def test_the_html_of_a_mail_is_a_page_of_its_own_under_a_strict_policy(client, rule):
    page = preview(client, rule, **{"stages-0-subject__de": "Zu {years} Jahren {name}"})

    mail = press(client, page, "_mail", _mail="0-de")

    assert "Zu 35 Jahren Berlin–Istanbul" in mail.content.decode()
    assert mail["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-hashes' 'sha256-"
    )
    assert Rule.objects.get(pk=rule.pk).version == rule.version


@pytest.mark.parametrize("wanted", ["9-de", "x-de", "0-fr", "0", "-1-de"])
def test_a_mail_that_there_is_not_is_not_found(client, rule, wanted):
    url = reverse("admin:reminders_rule_preview", args=[rule.pk])

    assert client.get(url, {"_mail": wanted}).status_code == 404


def test_a_mail_of_a_jubilee_that_is_years_ahead_is_shown_nevertheless(client, office, nora):
    PartnershipFactory(founded="2007-03-04", responsible=nora)
    started("2024-09-01")
    rule = Rule.objects.get(milestone="jubilee")

    page = client.get(reverse("admin:reminders_rule_preview", args=[rule.pk]))

    assert page.context["found"].coming == []
    subjects = [contents["en"].subject for _number, _mail, contents in page.context["mails"]]
    assert len(subjects) == 7
    assert subjects[0].startswith("25 years ")


def test_a_rule_of_which_nothing_comes_says_so(client, office):
    started("2024-09-01")
    rule = Rule.objects.get(milestone="jubilee")

    page = client.get(reverse("admin:reminders_rule_preview", args=[rule.pk]))

    assert b"Nothing comes within ten years" in page.content


def test_what_nobody_is_there_for_is_shown_as_the_reader_would_get_it(client, office):
    FollowUpFactory(due_on="2024-09-20")
    started("2024-09-01")
    rule = Rule.objects.get(subject="follow_up")
    reader = UserFactory(is_superuser=True, first_name="Lea", last_name="Lesen")
    client.force_login(reader)

    page = client.get(reverse("admin:reminders_rule_preview", args=[rule.pk]))

    assert {mail.recipient for _number, mail, _contents in page.context["mails"]} == {reader}


# --- rights ---


@pytest.mark.parametrize("role", sorted(ROLES))
def test_all_may_see_what_a_rule_sends_and_only_head_and_administrator_change_it(client, rule, role):
    client.force_login(user_in(role))
    may = role in ("head", "administrator")

    seen = client.get(reverse("admin:reminders_rule_preview", args=[rule.pk]))
    shipped = client.get(reverse("admin:reminders_rule_shipped", args=[rule.pk]))
    form = client.get(url_of(rule)).content.decode()
    sent = client.post(url_of(rule), form_on(client.get(url_of(rule)), "rule") | {"_save": "1"})

    assert seen.status_code == 200
    assert ("_save" in seen.content.decode()) is False
    assert shipped.status_code == (200 if may else 403)
    assert ('name="_preview"' in form) is may
    assert sent.status_code == (200 if may else 403)
    assert Rule.objects.get(pk=rule.pk).version == rule.version


def test_how_it_reads_is_for_those_who_may_see_mails(client, rule):
    url = reverse("admin:reminders_rule_preview", args=[rule.pk])

    client.force_login(user_in("officer"))
    assert "How it would read" in client.get(url).content.decode()
    client.force_login(user_in("reader"))
    assert "How it would read" not in client.get(url).content.decode()
    assert client.get(url, {"_mail": "0-de"}).status_code == 404


def test_a_stage_is_not_changed_past_its_rule(client, rule):
    stage = rule.stages.first()

    assert client.post(url_of(stage), {"days": 1}).status_code == 403
    assert client.get(reverse("admin:reminders_stage_add")).status_code == 403


def test_a_rule_that_has_not_spoken_can_be_deleted_with_its_stages(client, office):
    rule = Rule.objects.get(subject="report")
    page = client.post(url_of(rule, "delete"), {"post": "yes"})

    assert page.status_code == 302
    assert not Rule.objects.filter(pk=rule.pk).exists()


def test_resetting_says_what_it_did(client, rule):
    page = client.get(reverse("admin:reminders_rule_shipped", args=[rule.pk]))

    assert said_on(press(client, page, "_save")) == ["“Round anniversaries” is as it came with the house."]


def test_the_history_of_a_rule_shows_that_of_its_stages_those_that_are_gone_too(client, rule):
    press(client, preview(client, rule, **{"stages-0-DELETE": "on", "stages-1-days": "200"}), "_save")

    page = client.get(url_of(rule, "history"))

    versions = [
        (version.days, version.history_type, [(each["old"], each["new"]) for each in version.changes])
        for version in page.context["stages"]
    ]
    assert (365, "-", []) in versions
    assert (200, "~", [("180", "200")]) in versions
