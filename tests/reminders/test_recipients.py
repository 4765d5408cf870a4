"""Who else is told: colleagues and roles that a stage names, beside whoever is responsible or instead."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.roles import ROLES
from reminders import addressees, due, in_words, outbox, outlook, planning
from reminders.models import Mail, Named, Reminder, Stage, To
from reminders.rulebook import Rulebook
from reminders.verdicts import judge
from tests.factories import (
    CityFactory,
    HomeCityFactory,
    PartnershipFactory,
    PersonFactory,
    UserFactory,
    user_in,
)
from tests.pages import errors_on, form_on, new_row, url_of
from tests.reminders.clock import at, day, mails, remind, started

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def stage(berlin_istanbul):
    """Of round anniversaries the one that speaks thirty days before; here that is 18 October 2024."""
    return Stage.objects.get(rule__milestone="round", days=30)


@pytest.fixture
def _in_english(settings, english):
    settings.LANGUAGE_CODE = "en"


def role(name):
    user_in(name).delete()  # the roles are there from then on
    return Group.objects.get(name=name)


def told(text="2024-10-18"):
    started("2024-10-17")
    remind(text)
    return sorted(str(mail.recipient) for mail in mails(state="sent"))


def told_later(text):
    """Also what the first try of a morning frees for somebody else's mail."""
    for hour in (8, 9):
        remind(text, hour=hour)
    return [(str(mail.recipient), mail.day.isoformat()) for mail in mails(state="sent")]


# --- who ---


def test_a_named_colleague_is_told_beside_the_one_responsible(stage, toni):
    stage.users.add(toni)

    assert told() == ["Nora Beispiel", "Toni Probe"]
    assert "Responsible: Nora Beispiel." in mails(recipient=toni)[0].text


def test_a_named_colleague_is_told_instead_of_the_one_responsible(stage, toni):
    stage.addressee = Stage.Addressee.NAMED
    stage.save()
    stage.users.add(toni)

    assert told() == ["Toni Probe"]


def test_everybody_of_a_role_is_told(stage):
    stage.roles.add(role("protocol"))
    for name in ("Ada", "Ben"):
        user_in("protocol", first_name=name, last_name="Protokoll")

    assert told() == ["Ada Protokoll", "Ben Protokoll", "Nora Beispiel"]


def test_whoever_has_the_role_by_then_is_told(stage, toni):
    stage.roles.add(role("protocol"))
    toni.groups.add(Group.objects.get(name="protocol"))

    assert told() == ["Nora Beispiel", "Toni Probe"]


@pytest.mark.parametrize("named", ["one by one", "by role", "both"])
def test_nobody_is_told_twice(stage, nora, named):
    if named != "one by one":
        nora.groups.add(role("protocol"))
        stage.roles.add(Group.objects.get(name="protocol"))
    if named != "by role":
        stage.users.add(nora)

    assert told() == ["Nora Beispiel"]
    assert mails()[0].text.count("* 35 years Berlin–Istanbul") == 1


def test_a_stand_in_for_two_reads_it_once(stage, nora, toni):
    third = user_in("officer", away_from=day("2024-10-01"), stand_in=nora)
    stage.users.add(third, nora)

    assert told() == ["Nora Beispiel"]
    [mail] = mails()
    assert mail.text.count("* 35 years Berlin–Istanbul") == 1
    assert "You stand in for" not in mail.text


def test_the_stand_in_of_somebody_named_is_told(stage, nora, toni, head):
    stage.users.add(toni)
    toni.away_from, toni.stand_in = day("2024-10-01"), head
    toni.save()

    assert told() == ["Hanna Leitung", "Nora Beispiel"]
    assert "You stand in for Toni Probe." in mails(recipient=head)[0].text


def test_of_several_named_whoever_is_away_finds_it_on_their_return(stage, toni, head):
    stage.users.add(toni)
    toni.away_from = day("2024-10-01")
    toni.save()

    assert told() == ["Nora Beispiel", "Toni Probe"]


def away(*users, since="2024-10-01", until=None):
    for user in users:
        user.away_from, user.away_until = day(since), until and day(until)
        user.save()


def two_of_protocol(stage):
    """Ada and Ben, whom the stage names and nobody else."""
    stage.addressee = Stage.Addressee.NAMED
    stage.save()
    stage.roles.add(role("protocol"))
    return [user_in("protocol", first_name=name, last_name="Protokoll") for name in ("Ada", "Ben")]


def test_where_all_who_are_named_are_away_the_head_gets_it_once(stage, head):
    away(*two_of_protocol(stage))

    assert told() == ["Hanna Leitung"]
    assert mails()[0].text.count("* 35 years Berlin–Istanbul") == 1
    assert told_later("2024-10-21") == [("Hanna Leitung", "2024-10-18")]


def test_where_one_who_is_named_is_there_the_head_does_not_get_it(stage, head):
    away(two_of_protocol(stage)[0])

    assert told() == ["Ada Protokoll", "Ben Protokoll"]


def test_where_a_stand_in_of_one_named_is_there_the_head_does_not_get_it(stage, toni, head):
    ada, ben = two_of_protocol(stage)
    ben.stand_in = toni
    away(ada, ben)

    assert told() == ["Ada Protokoll", "Toni Probe"]


def test_where_nobody_at_all_is_there_each_finds_it_on_their_return(stage, nora, toni):
    stage.users.add(toni)
    away(nora, toni)

    assert told() == ["Nora Beispiel", "Toni Probe"]


def test_the_preview_knows_that_all_who_are_named_are_away(stage, head):
    away(*two_of_protocol(stage))
    started("2024-08-18")

    found = outlook.stored(stage.rule, today=day("2024-10-02"))

    assert {str(each.addressee.user) for each in found if each.stage == stage} == {"Hanna Leitung"}


# --- and who not ---


def closed(user):
    user.is_active = False


def without_address(user):
    user.email = ""


def dead(user):
    user.person = PersonFactory(deceased_on="2024-01")


def without_role(user):
    user.groups.clear()


GONE = pytest.mark.parametrize("gone", [closed, without_address, dead, without_role])


@GONE
def test_whoever_is_gone_or_may_not_see_it_gets_nothing(stage, toni, gone):
    stage.users.add(toni)
    gone(toni)
    toni.save()

    assert told() == ["Nora Beispiel"]


@GONE
def test_where_nobody_named_is_left_the_head_gets_it(stage, toni, head, gone):
    stage.addressee = Stage.Addressee.NAMED
    stage.save()
    stage.users.add(toni)
    gone(toni)
    toni.save()

    assert told() == ["Hanna Leitung"]


@GONE
def test_who_goes_between_scan_and_mail_gets_nothing(stage, toni, head, gone):
    stage.users.add(toni)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
    gone(toni)
    toni.save()

    assert told_later("2024-10-18") == [("Nora Beispiel", "2024-10-18")]
    assert Reminder.objects.get(named=toni).state == Reminder.State.CANCELLED


@GONE
def test_the_last_one_named_goes_between_scan_and_mail_and_the_head_gets_it(stage, toni, head, gone):
    stage.addressee = Stage.Addressee.NAMED
    stage.save()
    stage.users.add(toni)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        outbox.tie(today=day("2024-10-18"))
    gone(toni)
    toni.save()

    assert told_later("2024-10-18") == [("Hanna Leitung", "2024-10-18")]


@GONE
def test_whoever_is_responsible_and_may_not_see_it_gets_nothing_either(berlin_istanbul, nora, head, gone):
    gone(nora)
    nora.save()

    assert told() == ["Hanna Leitung"]


def test_no_mail_goes_to_a_stand_in_who_may_not_see_it(stage, nora, head):
    nora.away_from, nora.stand_in = day("2024-10-01"), UserFactory()
    nora.save()

    assert told() == ["Hanna Leitung"]


@pytest.mark.parametrize("name", ROLES)
def test_every_role_may_see_what_mails_speak_of(stage, name):
    user = user_in(name)

    assert addressees.readers([user]).keys() == {user.pk}
    rights = {f"{model._meta.app_label}.view_{model._meta.model_name}" for model in addressees.SPOKEN_OF}
    assert user.has_perms(rights)


@pytest.mark.parametrize("model", addressees.SPOKEN_OF, ids=lambda model: model.__name__)
def test_whoever_may_not_see_one_thing_that_mails_speak_of_gets_none(stage, toni, model):
    group = toni.groups.get()
    group.permissions.remove(group.permissions.get(codename=f"view_{model._meta.model_name}"))

    assert addressees.readers([toni]).keys() == set()


def test_rights_of_several_roles_and_single_ones_count_together(stage):
    needed = [f"view_{model._meta.model_name}" for model in addressees.SPOKEN_OF]
    of_reader = role("reader").permissions
    user, half = UserFactory(), Group.objects.create(name="half")
    half.permissions.set(of_reader.filter(codename__in=needed[:5]))
    user.groups.add(half)
    assert addressees.readers([user]).keys() == set()

    user.user_permissions.set(of_reader.filter(codename__in=needed[5:]))

    assert addressees.readers([user]).keys() == {user.pk}


def test_a_superuser_may_see_all(stage):
    user = UserFactory(is_superuser=True)

    assert addressees.readers([user]).keys() == {user.pk}


# --- once, and what becomes of a changed rule ---


def test_a_reminder_of_a_stage_is_there_once_for_each_of_them(stage, toni):
    stage.users.add(toni)
    started("2024-10-17")
    with at("2024-10-18"):
        assert (due.scan(), due.scan()) == (2, 0)

    rows = Reminder.objects.filter(stage=stage)
    assert {row.to for row in rows} == {To("responsible"), To("named", toni.pk)}
    twin = rows.get(named=toni)
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.usefixtures("_in_english")
def test_only_what_goes_to_those_named_names_somebody(stage, toni):
    row = Reminder(stage=stage, addressee="head", named=toni)

    with pytest.raises(ValidationError) as refused:
        row.validate_constraints()

    assert "Only what goes to those named" in str(refused.value)


def test_whoever_is_named_before_the_mail_went_out_is_in_time(stage, toni):
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        stage.users.add(toni)
        due.scan()

    assert {name for name, _day in told_later("2024-10-18")} == {"Nora Beispiel", "Toni Probe"}


def test_whoever_is_taken_off_before_the_mail_went_out_gets_none(stage, toni):
    stage.users.add(toni)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        outbox.tie(today=day("2024-10-18"))
        stage.users.clear()

    assert told_later("2024-10-18") == [("Nora Beispiel", "2024-10-18")]


def test_whoever_is_named_instead_gets_it_without_waiting_for_a_scan(stage, toni, head):
    stage.addressee = Stage.Addressee.NAMED
    stage.save()
    stage.users.add(toni)
    started("2024-10-17")
    third = user_in("officer", first_name="Uli", last_name="Dritte")
    stage.rule.stages.exclude(pk=stage.pk).delete()
    with at("2024-10-18", 8):
        due.scan()
        stage.users.set([third])
        outbox.send()
        due.scan()
        outbox.send()

    assert [str(mail.recipient) for mail in mails(state="sent")] == ["Uli Dritte"]
    # Hours later, in a mail of its own, it is not told again.
    assert told_later("2024-10-21") == [("Uli Dritte", "2024-10-18")]


def test_a_stage_that_goes_to_another_part_tells_them_alone(stage, head):
    started("2024-10-17")
    with at("2024-10-18", 8):
        due.scan()
        stage.addressee = Stage.Addressee.HEAD
        stage.save()
        outbox.send()
        due.scan()
        outbox.send()

    assert [str(mail.recipient) for mail in mails(state="sent")] == ["Hanna Leitung"]
    assert told_later("2024-10-21") == [("Hanna Leitung", "2024-10-18")]


def test_whoever_was_told_as_the_one_responsible_is_not_told_again_when_they_are_named(stage, nora):
    assert told() == ["Nora Beispiel"]

    with at("2024-10-18", 9):
        stage.users.add(nora)

    assert told_later("2024-10-21") == [("Nora Beispiel", "2024-10-18")]


def test_whoever_is_named_later_hears_of_what_is_coming_once(stage, toni):
    assert told() == ["Nora Beispiel"]

    with at("2024-10-21", 7):
        stage.users.add(toni)

    assert told_later("2024-10-21")[-1] == ("Toni Probe", "2024-10-21")
    assert len(told_later("2024-10-22")) == 2


def test_what_is_passed_on_is_not_told_where_a_later_stage_tells_it(stage, toni, head):
    """Both fall due over a weekend: whoever stays hears the later one, and the next day nothing more."""
    uli = colleague()
    stage.rule.stages.exclude(pk=stage.pk).delete()
    later = stage.rule.stages.create(days=stage.days - 3, addressee=Stage.Addressee.NAMED)
    for each in (stage, later):
        Stage.objects.filter(pk=each.pk).update(addressee=Stage.Addressee.NAMED)
        each.users.set([toni, uli])
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
    for each in (stage, later):
        each.users.set([uli])
    for moment in ("2024-10-21", "2024-10-22"):
        with at(moment, 8):
            due.scan()
            outbox.send()

    assert [(str(mail.recipient), str(mail.day)) for mail in mails(state="sent")] == [
        ("Uli Dritte", "2024-10-21")
    ]
    assert Reminder.objects.get(named=toni).state == Reminder.State.MISSED


def test_of_two_stages_that_are_passed_on_the_later_is_told(stage, toni, head):
    uli = colleague()
    stage.rule.stages.exclude(pk=stage.pk).delete()
    later = stage.rule.stages.create(days=stage.days - 3, addressee=Stage.Addressee.NAMED)
    Stage.objects.filter(pk=stage.pk).update(addressee=Stage.Addressee.NAMED)
    for each in (stage, later):
        each.users.set([toni])
    started("2024-10-17")
    for moment in ("2024-10-18", "2024-10-21"):
        with at(moment):
            due.scan()
    Reminder.objects.update(state=Reminder.State.DUE)
    for each in (stage, later):
        each.users.set([uli])

    verdict = judge(Reminder.objects.all(), today=day("2024-10-21"))

    ((told, *more),) = [verdict.standing]
    assert (told.reminder.stage, told.to, more) == (later, To("named", uli.pk), [])
    assert verdict.missed == [Reminder.objects.get(stage=stage).pk]


def test_what_is_passed_on_is_looked_for_among_what_is_about_the_same(stage, toni, head):
    """A stage of ten thousand ties has as many reminders a year."""
    tied_for(stage, toni, colleague())
    stage.users.set([toni])
    astray = Reminder.objects.exclude(named=toni).filter(stage=stage).first()
    other = Reminder.objects.get(pk=astray.pk)
    other.pk, other.key, other.partnership = None, "of another tie", PartnershipFactory()
    other.save()

    kin = list(Reminder.objects.kin_of([astray]))

    assert astray in kin
    assert other not in kin


def test_what_is_passed_on_goes_to_one_who_is_there(stage, toni, head):
    ada = two_of_protocol(stage)[0]
    stage.users.add(toni)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
    Reminder.objects.exclude(named=toni).delete()
    away(ada)
    stage.users.clear()

    with at("2024-10-18", 8):
        outbox.send()

    assert [str(mail.recipient) for mail in mails(state="sent")] == ["Ben Protokoll"]


def test_what_is_passed_on_goes_to_the_head_where_nobody_is_there(stage, toni, head):
    away(*two_of_protocol(stage))
    stage.users.add(toni)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
    Reminder.objects.exclude(named=toni).delete()
    stage.users.clear()

    with at("2024-10-18", 8):
        outbox.send()

    assert [str(mail.recipient) for mail in mails(state="sent")] == ["Hanna Leitung"]


def colleague(**facts):
    return user_in("officer", first_name="Uli", last_name="Dritte", **facts)


def tied_for(stage, *named):
    """A mail for each of those named and nobody else, made on the morning of the 18th and not sent."""
    stage.addressee = Stage.Addressee.NAMED
    stage.save()
    stage.users.set(named)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        outbox.tie(today=day("2024-10-18"))


def test_a_mail_that_failed_tells_nobody_in_the_place_of_others(stage, toni, head):
    uli = colleague()
    tied_for(stage, toni, uli)
    Mail.objects.filter(recipient=toni).update(state=Mail.State.FAILED)
    away(toni)
    closed(uli)
    uli.save()

    assert told_later("2024-10-18")[:1] == [("Hanna Leitung", "2024-10-18")]


def test_of_two_that_nobody_is_named_for_any_more_two_senders_at_once_pass_on_one(stage, nora, toni):
    tied_for(stage, toni, colleague())
    stage.users.set([nora])

    verdicts = [judge([row], today=day("2024-10-18")) for row in Reminder.objects.filter(stage=stage)]

    assert sorted(len(each.standing) for each in verdicts) == [0, 1]


def sent_on_that_day():
    for hour in (8, 9):  # the first frees what the second ties for somebody else
        with at("2024-10-18", hour):
            outbox.send()
    return [str(mail.recipient) for mail in mails(state="sent")]


def test_two_senders_at_once_do_not_each_rely_on_the_other_while_the_last_ones_go(stage, toni, head):
    tied_for(stage, toni, colleague())
    first, second = Reminder.objects.filter(stage=stage).order_by("pk")
    stage.users.set([second.named])
    verdicts = [judge([first], today=day("2024-10-18"))]
    stage.users.clear()
    verdicts.append(judge([second], today=day("2024-10-18")))
    for verdict in verdicts:
        outbox._settle(Reminder.objects.all(), verdict, now=timezone.now())

    assert sent_on_that_day() == ["Hanna Leitung"]


def test_who_goes_is_not_settled_on_a_mail_that_fails(stage, toni, head):
    uli = colleague()
    tied_for(stage, toni, uli)
    stage.users.set([uli])
    verdict = judge(Reminder.objects.filter(named=toni), today=day("2024-10-18"))
    outbox._settle(Reminder.objects.all(), verdict, now=timezone.now())
    Mail.objects.filter(recipient=uli).update(state=Mail.State.FAILED)
    away(uli)

    assert sent_on_that_day() == ["Hanna Leitung"]


def test_whoever_was_not_told_because_their_mail_failed_is_told_when_they_are_named(stage, nora):
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        outbox.tie(today=day("2024-10-18"))
    Mail.objects.update(state=Mail.State.FAILED)
    with at("2024-10-18", 9):
        stage.users.add(nora)

    assert told_later("2024-10-21") == [("Nora Beispiel", "2024-10-21")]


def test_what_is_tied_for_a_stand_in_does_not_settle_what_is_their_own(stage, nora):
    stage.rule.stages.exclude(pk=stage.pk).delete()
    uli = colleague(stand_in=nora)
    away(uli, until="2024-10-20")
    tied_for(stage, uli)
    with at("2024-10-18", 8):
        stage.users.add(nora)
    for hour in (9, 12, 15):  # the last scan of these sees no change of the rule any more
        with at("2024-10-18", hour):
            due.scan()
            outbox.tie(today=day("2024-10-18"))

    told_later("2024-10-21")

    mailed = Reminder.objects.filter(stage=stage, state=Reminder.State.MAILED)
    assert {(row.named, row.mail.recipient) for row in mailed} == {(nora, nora), (uli, uli)}


def test_whoever_is_named_while_their_mail_waits_is_told_once(stage, nora):
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        outbox.tie(today=day("2024-10-18"))
        stage.users.add(nora)
        due.scan()
        outbox.tie(today=day("2024-10-18"))
        assert Reminder.objects.get(named=nora).state == Reminder.State.DUE
        outbox.send()

    assert told_later("2024-10-21") == [("Nora Beispiel", "2024-10-18")]
    assert Reminder.objects.get(named=nora).state == Reminder.State.CANCELLED


def test_whoever_was_told_is_not_told_again_when_the_stage_speaks_earlier_and_names_them(stage, nora):
    assert told() == ["Nora Beispiel"]
    with at("2024-10-18", 9):
        stage.days = 45
        stage.save()
        stage.users.add(nora)

    assert told_later("2024-10-21") == [("Nora Beispiel", "2024-10-18")]
    assert Reminder.objects.get(named=nora).due_on == day("2024-10-03")


# --- what it costs ---


def queries_of(action):
    with CaptureQueriesContext(connection) as captured:
        action()
    return len(captured)


def test_planning_costs_no_more_queries_for_many_recipients_or_ties(stage):
    stage.roles.add(role("protocol"))

    def office_of(people, ties):
        for _number in range(people):
            user_in("protocol")
        for _number in range(ties):
            PartnershipFactory(home=HomeCityFactory(), partner=CityFactory(), founded="1989-11-17")
        started("2024-10-17")
        Reminder.objects.all().delete()

    def plan():
        reminders = list(Reminder.objects.select_related("stage__rule"))
        planning.plan(reminders, today=day("2024-10-18"), now=timezone.now())

    costs = []
    with at("2024-10-18"):
        for people, ties in ((2, 1), (0, 0), (6, 2)):  # the first one asks once what is then known
            office_of(people, ties)
            scanned = queries_of(due.scan)
            costs.append((scanned, queries_of(plan)))

    assert Reminder.objects.filter(addressee="named").count() == 8 * 4
    assert costs[1] == costs[2]


# --- foreseen ---


def test_the_preview_names_all_who_would_get_it(stage, toni):
    stage.users.add(toni)
    started("2024-08-18")

    found = outlook.stored(stage.rule, today=day("2024-09-02"))

    names = {str(each.addressee.user) for each in found if each.stage == stage}
    assert names == {"Nora Beispiel", "Toni Probe"}


def test_what_the_preview_says_is_what_the_scan_does(stage, toni, head):
    stage.users.add(toni)
    stage.roles.add(role("head"))
    started("2024-10-01")
    with at("2024-10-02"):
        foreseen = {(each.on, each.to) for each in outlook.foresee(Rulebook(), today=day("2024-10-02"))}
    planned = set()
    for number in range(3, 31):
        with at(f"2024-10-{number:02}"):
            due.scan()
    planned = {(row.due_on, row.to) for row in Reminder.objects.all()}

    assert planned == {pair for pair in foreseen if pair[0] <= day("2024-10-30")}


# --- the page ---


@pytest.fixture
def client(client):
    client.force_login(user_in("head"))
    return client


def preview(client, rule, **changes):
    url = url_of(rule)
    return client.post(url, form_on(client.get(url), "rule") | changes | {"_preview": "1"})


def press(client, page, button):
    return client.post(page.wsgi_request.path, form_on(page, "preview") | {button: "1"})


def number_of(stage):
    return list(stage.rule.stages.all()).index(stage)


@pytest.mark.usefixtures("_in_english")
def test_a_head_names_a_role_and_a_colleague_and_sees_first_what_comes_of_it(client, stage, toni):
    started("2024-08-18")
    protocol, row = role("protocol"), f"stages-{number_of(stage)}"
    user_in("protocol", first_name="Ada", last_name="Protokoll")
    with at("2024-09-02", 9):
        page = preview(client, stage.rule, **{f"{row}-roles": [protocol.pk], f"{row}-users": [toni.pk]})

        [added] = page.context["added"]
        assert [list(map(str, line.recipients)) for line in added.lines] == [["Toni Probe", "Ada Protokoll"]]
        assert page.context["gone"] == []
        assert (
            "30 days before to whoever is responsible, everybody in the role “protocol” and Toni Probe"
            in page.context["sentence"]
        )
        assert stage.users.count() == stage.roles.count() == 0
        press(client, page, "_save")

    assert ([*stage.users.all()], [*stage.roles.all()]) == ([toni], [protocol])


@pytest.mark.usefixtures("_in_english")
def test_only_those_named_needs_somebody_who_is_named(client, stage):
    page = preview(client, stage.rule, **{f"stages-{number_of(stage)}-addressee": "named"})

    [found] = errors_on(page)[f"stages-{number_of(stage)}-addressee"]
    assert found == "Name a role or a colleague, or choose who else is to get it."


@pytest.mark.usefixtures("_in_english")
def test_the_page_warns_of_a_name_that_gets_nothing(client, stage, toni):
    stage.addressee = "named"
    stage.save()
    stage.users.add(toni)
    closed(toni)
    toni.save()

    said = client.get(url_of(stage.rule)).context["warnings"]

    assert said == [
        "Toni Probe is named and gets nothing: the account is closed, or lacks an address or a role.",
        "Nobody named is there to get it, so it goes to the head of office: 30 days before.",
    ]


@pytest.mark.usefixtures("_in_english")
def test_the_history_says_who_was_named(client, stage, toni):
    stage.users.add(toni)
    stage.roles.add(role("protocol"))
    client.force_login(UserFactory(is_superuser=True))

    page = client.get(url_of(stage.rule, "history")).content.decode()

    assert "Toni Probe" in page
    assert "<ins>protocol</ins>" in page


def test_a_rule_reset_names_nobody(stage, toni):
    stage.users.add(toni)
    stage.roles.add(role("protocol"))

    stage.rule.reset()

    assert stage.users.count() == stage.roles.count() == 0


def test_the_page_of_a_rule_costs_no_more_queries_for_many_names(client, stage, toni):
    for each in stage.rule.stages.all():
        each.users.add(toni)
    url = url_of(stage.rule)
    client.get(url)
    before = queries_of(lambda: client.get(url))
    for other in stage.rule.stages.all():
        other.users.set([user_in("officer") for _number in range(3)])

    assert queries_of(lambda: client.get(url)) == before


def test_a_new_stage_on_the_form_has_its_names_in_the_preview(client, stage, toni):
    started("2024-08-18")
    with at("2024-09-02", 9):
        row = new_row("stages", 5, days=45, addressee="named", users=[toni.pk], is_active="on")
        page = preview(client, stage.rule, **row)

    [added] = page.context["added"]
    assert [list(map(str, line.recipients)) for line in added.lines] == [["Toni Probe"]]


@pytest.mark.usefixtures("_in_english")
def test_words_name_everybody(stage, toni):
    stage.chosen = Named((toni,), (Group(name="head"),))

    assert in_words.whom(stage) == "whoever is responsible, everybody in the role “head” and Toni Probe"
