"""The polite reminder of what the other side promised. All people are invented."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.urls import reverse

from contacts.models import Office, Person
from delegations.letters import polite_reminder
from delegations.models import FollowUp
from relations.models import Interaction
from tests.factories import (
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    OrganisationFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    TenureFactory,
    UserFactory,
    user_in,
)
from tests.pages import said_on, url_of
from tests.reminders.clock import at, day

TODAY = day("2024-10-18")


@pytest.fixture
def nora(db):
    Office.current()
    Office.objects.update(title="Büro für Internationale Beziehungen")
    return UserFactory(first_name="Nora", last_name="Beispiel")


@pytest.fixture
def tie(db):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Düsseldorf"), partner=CityFactory(name_de="Musterstadt", country="TR")
    )


@pytest.fixture
def ayse(db):
    return PersonFactory(
        given_names="Ayşe",
        family_name="Örnek",
        gender=Person.Gender.FEMALE,
        correspondence_language="de",
        email="ayse@example.org",
    )


@pytest.fixture
def promise(tie, ayse):
    visit = DelegationFactory(title="Reise nach Musterstadt", partnership=tie, starts_on="2024-06")
    return FollowUpFactory(
        title="Ergebnisse der Prüfung schicken",
        owed_by=FollowUp.OwedBy.THEM,
        counterpart=ayse,
        delegation=visit,
        due_on="2024-10-12",
    )


def letter(promise, nora):
    return polite_reminder(promise, sender=nora, today=TODAY)


def test_a_letter_in_german(promise, nora):
    found = letter(promise, nora)

    assert (found.address, found.language) == ("ayse@example.org", "de")
    assert found.subject == "Freundliche Erinnerung: Ergebnisse der Prüfung schicken"
    assert found.text == (
        """Sehr geehrte Frau Örnek,

gern denke ich an den Besuch „Reise nach Musterstadt“ im Juni 2024 zurück. Sie hatten uns freundlicherweise zugesagt:

„Ergebnisse der Prüfung schicken“

Vorgesehen war das am 12. Oktober 2024. Darf ich Sie freundlich fragen, wie der Stand ist und wann wir damit rechnen dürfen? Für eine kurze Nachricht wäre ich Ihnen dankbar. Sollten Sie uns inzwischen geantwortet haben, betrachten Sie diese Nachricht bitte als gegenstandslos.

Mit freundlichen Grüßen

Nora Beispiel
Büro für Internationale Beziehungen"""  # noqa: E501
    )


def test_a_letter_in_english(promise, nora, ayse):
    ayse.correspondence_language = "en"
    ayse.save()

    assert letter(promise, nora).text == (
        """Dear Ms Örnek,

I gladly think back to the visit “Reise nach Musterstadt” in June 2024. You had kindly promised us:

“Ergebnisse der Prüfung schicken”

This was planned on 12 October 2024. May I kindly ask how it stands, and when we may expect it? A short note would be a great help. If you have replied in the meantime, please disregard this message.

With kind regards

Nora Beispiel
Büro für Internationale Beziehungen"""  # noqa: E501
    )


@pytest.mark.parametrize(
    ("spoken", "written"), [("de", "de"), ("en", "en"), ("tr", "en"), ("zh", "en"), ("ko", "en"), ("", "en")]
)
def test_who_reads_neither_german_nor_english_gets_english(promise, nora, ayse, spoken, written):
    ayse.correspondence_language = spoken
    ayse.save()

    assert letter(promise, nora).language == written


@pytest.mark.parametrize(
    ("facts", "language", "salutation"),
    [
        ({"gender": "f", "title_before": "Dr."}, "de", "Sehr geehrte Frau Dr. Örnek,"),
        ({"gender": "m"}, "de", "Sehr geehrter Herr Örnek,"),
        ({"gender": "m", "title_before": "Prof."}, "de", "Sehr geehrter Herr Prof. Örnek,"),
        ({"gender": "unknown"}, "de", "Guten Tag Ayşe Örnek,"),
        ({"gender": "d"}, "en", "Dear Ayşe Örnek,"),
        ({"gender": "f", "title_before": "Dr."}, "en", "Dear Dr. Örnek,"),
        ({"gender": "m"}, "en", "Dear Mr Örnek,"),
    ],
)
def test_somebody_is_addressed_by_name_and_title(promise, nora, ayse, facts, language, salutation):
    for name, value in {**facts, "correspondence_language": language}.items():
        setattr(ayse, name, value)
    ayse.save()

    assert letter(promise, nora).text.partition("\n")[0] == salutation


def test_the_form_of_address_of_the_post_comes_before_the_name(promise, nora, ayse):
    post = PostFactory(form_letter={"de": "Sehr geehrte Frau Oberbürgermeisterin,"})
    TenureFactory(person=ayse, post=post, since="2020")

    assert letter(promise, nora).text.startswith("Sehr geehrte Frau Oberbürgermeisterin,\n")


# --- people who left, died, or want no letters ---


def test_a_successor_is_written_to_at_the_post_and_promised_nothing_in_person(promise, nora, ayse):
    post = PostFactory(email="protocol@example.org")
    TenureFactory(person=ayse, post=post, until="2024-09")
    other = PersonFactory(given_names="Mehmet", family_name="Deneme", gender="m", email="mehmet@example.org")
    TenureFactory(person=other, post=post, since="2024-10")

    found = letter(promise, nora)

    assert found.address == "protocol@example.org"
    assert found.text.startswith("Dear Mr Deneme,\n")
    assert "Your office had kindly promised us:" in found.text
    assert "Örnek" not in found.text


def test_a_vacant_post_is_written_to_without_a_name(promise, nora, ayse):
    TenureFactory(person=ayse, post=PostFactory(email="protocol@example.org"), until="2024-09")

    found = letter(promise, nora)

    assert found.address == "protocol@example.org"
    assert found.text.startswith("Dear Sir or Madam,\n")


@pytest.mark.parametrize("wish", ["no_mailings", "protocol_first", "never"])
def test_somebody_who_is_not_to_be_contacted_is_not_written_to(promise, nora, ayse, wish):
    TenureFactory(person=ayse, post=PostFactory(email="protocol@example.org"), since="2020")
    ayse.do_not_contact, ayse.do_not_contact_reason = wish, "A test."
    ayse.save()

    found = letter(promise, nora)

    assert found.address == ""
    assert "Örnek" not in found.text


def test_nobody_writes_to_the_dead(promise, nora, ayse):
    ayse.deceased_on = "2024-09"
    ayse.save()
    promise.organisation = OrganisationFactory(email="office@example.org")

    found = letter(promise, nora)

    assert found.address == "office@example.org"
    assert "Örnek" not in found.text


# --- what it came of ---


def test_what_both_owe_was_agreed_together(promise, nora):
    promise.owed_by = FollowUp.OwedBy.BOTH

    assert "Wir hatten gemeinsam vereinbart:" in letter(promise, nora).text


def test_a_promise_that_is_still_to_come_is_planned(promise, nora):
    assert "Vorgesehen ist das am 12. Oktober 2024." in (
        polite_reminder(promise, sender=nora, today=day("2024-10-12")).text
    )


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("contact", "I am writing about our contact of 3 October 2024."),
        ("tie", "I am writing about what ties us: Düsseldorf–Musterstadt."),
        ("nothing", "I am writing about a matter of which we spoke some time ago."),
    ],
)
def test_a_letter_says_what_the_promise_came_of(tie, nora, origin, words):
    facts = {
        "contact": {"interaction": InteractionFactory(on="2024-10-03")},
        "tie": {"partnership": tie},
        "nothing": {},
    }[origin]

    promise = FollowUp.objects.get(pk=FollowUpFactory(owed_by="them", **facts).pk)

    assert words in letter(promise, nora).text


# --- into the mail program ---


def test_the_link_to_the_mail_program_keeps_every_letter(promise, nora):
    promise.title = "A&B: 100 % + „Ü“?\n#x"

    found = letter(promise, nora)
    url = urlsplit(found.mailto)
    query = parse_qs(url.query, strict_parsing=True)

    assert (url.scheme, url.path, url.fragment) == ("mailto", "ayse@example.org", "")
    assert query["subject"] == [found.subject]
    assert query["body"][0].replace("\r\n", "\n") == found.text
    assert "+" not in found.mailto
    assert " " not in found.mailto
    assert unquote(found.mailto).count("\r\n") == found.text.count("\n")


def test_an_odd_address_is_encoded(promise, nora, ayse):
    ayse.email = "a+b?c&d@example.org"

    promise.counterpart = ayse

    assert letter(promise, nora).mailto.startswith("mailto:a%2Bb%3Fc%26d@example.org?subject=")


# --- its page ---


@pytest.fixture
def officer(client, promise):
    officer = user_in("officer")
    client.force_login(officer)
    return officer


def page_of(promise):
    return reverse("admin:delegations_followup_do", args=[promise.pk, "remind-them"])


def test_the_page_shows_the_text_and_sends_nothing(client, officer, promise, mailoutbox):
    page = client.get(page_of(promise), headers={"accept-language": "en"})

    found = page.context["letter"]
    html = page.content.decode()
    assert found.text.partition("\n")[0] in html
    assert f'href="{found.mailto.replace("&", "&amp;")}"' in html
    assert "Sent: note the contact" in html
    assert "Nothing is sent from here" in html
    assert Interaction.objects.count() == 0
    assert mailoutbox == []


def test_one_click_notes_the_contact(client, officer, promise, ayse, tie, mailoutbox):
    with at("2024-10-18", 10):
        page = client.post(page_of(promise), headers={"accept-language": "en"})

    note = Interaction.objects.get()
    assert page.url == url_of(promise)
    assert (note.kind, note.on, note.by, note.partnership) == ("mail", TODAY, officer, tie)
    assert note.summary == "Reminded in a friendly way of: Ergebnisse der Prüfung schicken"
    assert list(note.people.all()) == [ayse]
    assert promise.state == FollowUp.State.OPEN
    assert mailoutbox == []


def test_the_page_says_why_somebody_is_not_written_to(client, officer, promise, ayse):
    ayse.deceased_on = "2024-09"
    ayse.save()

    html = client.get(page_of(promise), headers={"accept-language": "en"}).content.decode()

    assert "Ayşe Örnek has died." in html
    assert "No address is on record that may be written to." in html


def test_what_we_owe_ourselves_has_no_such_button(client, officer, promise):
    FollowUp.objects.update(owed_by=FollowUp.OwedBy.US)

    page = client.get(page_of(promise), headers={"accept-language": "en"})

    assert page.url == url_of(promise)
    assert said_on(page) == ["“Remind politely” is not possible any more; it stands as you see it here."]


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("portal editor", 403), ("protocol", 200)])
def test_the_page_is_for_those_who_keep_follow_ups_and_contacts(client, promise, role, status):
    client.force_login(user_in(role))

    assert client.get(page_of(promise)).status_code == status


def test_the_dead_are_in_no_contact_note(promise, nora, ayse):
    ayse.deceased_on = "2024-09"
    ayse.save()

    assert list(promise.note_reminder(by=nora).people.all()) == []


def test_the_page_of_a_follow_up_says_whom_to_write_to(client, officer, promise, ayse):
    ayse.deceased_on = "2024-09"
    ayse.save()

    html = client.get(url_of(promise), headers={"accept-language": "en"}).content.decode()

    assert "Ayşe Örnek has died." in html
    assert f'href="{page_of(promise)}"' in html
