"""Nobody reads English on a German page: neither our own words nor those of the libraries."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.contrib import admin
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trans_real
from rest_framework.test import APIClient

from contacts.admin.exports import FORMATS
from contacts.models import Office
from reminders.models import Rule, Stage
from reminders.shipped import ship
from tests.config.test_admin_site import LISTED, REGISTERED, page_url, rows
from tests.factories import (
    PASSWORD,
    AgreementFactory,
    CityDateFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    PartnershipFactory,
    UserFactory,
    user_in,
)
from tests.pages import form_on, url_of
from tests.reminders.clock import mails, remind, started

ROOT = Path(__file__).resolve().parents[2]

# German says it with the same word, or there is nothing in it to say otherwise.
SAME_WORD = {
    "%(day)s in %(city)s",
    "%(relation)s (ID)",
    "Excel (XLSX)",
    "Filter",
    "HTML",
    "ID",
    "Name",
    "Plan",
    "Status",
    "Text",
    "name",
    "normal",
    "online",
    "webhook-id",
}
# A word of the search that the libraries have no page for.
NOT_SHOWN = {"exact"}
# What a browser sends by itself: how many rows there are, and which they are.
KEPT = re.compile(r"_FORMS$|-id$")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


class Listener:
    """Takes down each text that is asked for in German and is known to no catalogue."""

    def __init__(self, catalogue, monkeypatch):
        self.catalogue = catalogue
        self.missing: set[str] = set()
        monkeypatch.setattr(catalogue, "gettext", self.listen(catalogue.gettext))
        monkeypatch.setattr(catalogue, "ngettext", self.listen(catalogue.ngettext))

    def listen(self, answer):
        def gettext(message, *args):
            found = answer(message, *args)
            # Formats and names of settings pass through here as well: they have no letters of a language.
            if message and found in (message, *args[:1]) and not self.knows(message):
                self.missing.add(message.replace("\x04", ": "))
            return found

        return gettext

    def knows(self, message: str) -> bool:
        try:
            return message in self.catalogue._catalog or (message, 1) in self.catalogue._catalog
        except KeyError:
            return False

    @property
    def words(self) -> set[str]:
        """What remains; a library may ask again for a word that it has in German already."""
        return words(self.missing) - NOT_SHOWN - {german for _text, german in self.catalogue._catalog.items()}


def words(messages: set[str]) -> set[str]:
    """Without those that are all placeholders and signs, and those that are listed."""
    return {text for text in messages if any(map(str.isalpha, PLACEHOLDER.sub("", text)))} - SAME_WORD


@pytest.fixture
def heard(monkeypatch):
    return Listener(trans_real.translation("de"), monkeypatch)


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True, language="de"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    return client


# --- the lists and forms of every model ---


def urls_of(model_admin) -> set[str]:
    return {(url.name or "").rpartition("_")[2] for url in model_admin.get_urls()}


def whole(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("label", LISTED)
def test_lists_and_what_is_done_with_them_have_no_english_word(client, heard, label):
    row = rows(label, 2)[0]
    changelist = page_url(label, "changelist")
    page = client.get(changelist)
    client.get(f"{changelist}?q=zzz&_facets=True")
    for action in page.context["cl"].model_admin.get_actions(page.wsgi_request):
        whole(client.post(changelist, {"action": action, "_selected_action": [row.pk]}, follow=True))
        client.post(changelist, {"action": action}, follow=True)
    if "export" in urls_of(page.context["cl"].model_admin):
        for kind in FORMATS:
            whole(client.get(page_url(label, "export", kind)))

    assert heard.words == set()


@pytest.mark.parametrize("label", LISTED)
def test_forms_and_their_refusals_have_no_english_word(client, heard, label):
    row, model = rows(label, 1)[0], REGISTERED[label]
    pages = urls_of(admin.site._registry[model])
    change = page_url(label, "change", row.pk)

    client.get(f"{change}?_popup=1")
    for url in [page_url(label, "add")] * ("add" in pages) + [change]:
        form = form_on(client.get(url), model._meta.model_name)
        kept = {name: value for name, value in form.items() if name.startswith("_") or KEPT.search(name)}
        client.post(url, kept)
        client.post(url, {name: "7777777" for name in form} | kept)
    for button in ("_save", "_continue", "_addanother"):
        form = form_on(client.get(change), model._meta.model_name)
        client.post(change, form | {button: "1"}, follow=True)

    assert heard.words == set()


@pytest.mark.parametrize("label", LISTED)
def test_buttons_history_and_deletion_have_no_english_word(client, heard, label):
    row, model = rows(label, 1)[0], REGISTERED[label]
    model_admin = admin.site._registry[model]
    for verb in getattr(model_admin, "verbs", ()):
        client.get(page_url(label, "do", row.pk, verb.name))
        client.post(page_url(label, "do", row.pk, verb.name), {}, follow=True)
    if "history" in urls_of(model_admin):
        client.get(page_url(label, "history", row.pk))
    if hasattr(row, "history"):
        client.get(page_url(label, "simple_history", row.pk, row.history.first().pk))
    client.get(page_url(label, "delete", row.pk))
    client.post(page_url(label, "delete", row.pk), {"post": "yes"}, follow=True)

    assert heard.words == set()


def test_the_page_about_a_conflict_has_no_english_word(client, heard):
    visit = DelegationFactory(title="Reise nach Linz")
    form = form_on(client.get(url_of(visit)), "delegation")
    client.post(url_of(visit), form | {"title": "Reise nach Izmir"})

    page = client.post(url_of(visit), form | {"title": "Reise nach Bursa"})

    assert page.status_code == 409
    assert heard.words == set()


# --- the desk ---


def test_the_desk_has_no_english_word(client, heard):
    Office.objects.update(confirmed_at="2026-11-01T08:00Z")
    promise = FollowUpFactory(due_on="2026-11-02")
    DelegationFactory(starts_on="2026-11-01", ends_on="2026-11-03")
    PartnershipFactory(founded="1989-11-17")
    pages = ["home", "search", "contact_note", "forecast", "subscription"]
    for name in pages:
        client.get(reverse(f"desk:{name}"))
    client.get(reverse("desk:home"), {"whose": "all"})
    client.get(reverse("desk:search"), {"q": "stadt"})
    client.get(reverse("desk:search"), {"q": "x"})
    client.get(reverse("desk:hits"), {"q": "stadt"})
    for query in ({"from": 2030, "to": 2020}, {"at_least": "jubilee", "home": 4711, "country": "XX"}):
        client.get(reverse("desk:forecast"), query)
    for kind in ("ics", *FORMATS):
        whole(client.get(reverse("desk:forecast_file", args=[kind])))
    calendar = reverse("desk:subscription")
    chosen = {"anniversaries": "on", "follow_ups": "on", "visits": "on", "programme": "on", "whose": "all"}
    address = client.post(calendar, chosen | {"renew": "1"}).context["address"]
    client.get(address)
    client.get(reverse("calendar-feed", args=["gbcal_unknown"]))
    for sent in (chosen, {"whose": "all"}, {"revoke": "1"}):
        client.post(calendar, sent, follow=True)
    form = form_on(client.get(reverse("desk:contact_note")), "contact-note")
    client.post(reverse("desk:contact_note"), form)
    client.post(reverse("desk:contact_note"), dict.fromkeys(form, "?!"))
    client.post(reverse("desk:postpone", args=[promise.pk]), {"by": "week"}, follow=True)
    client.post(reverse("desk:complete", args=[promise.pk]), follow=True)
    client.post(reverse("desk:complete", args=[promise.pk]), follow=True)
    client.post(reverse("desk:reopen", args=[promise.pk]), follow=True)

    assert heard.words == set()


def test_the_first_start_has_no_english_word(client, heard):
    HomeCityFactory(name_de="Linz")
    form = form_on(client.get(reverse("desk:office")), "office")
    client.post(reverse("desk:office"), dict.fromkeys(form, "?!"))
    client.post(reverse("desk:office"), form | {"cities": "Linz\nUnbekannthausen"}, follow=True)
    client.get(Office.current().get_absolute_url())

    assert heard.words == set()


# --- signing in, passwords, and pages that are not there ---


@pytest.mark.parametrize(
    "name",
    [
        *("index", "logout", "password_change", "password_change_done"),
        *("auth_group_changelist", "auth_group_add", "contacts_accesstoken_changelist"),
    ],
)
def test_pages_of_the_site_have_no_english_word(client, heard, name):
    client.get(reverse(f"admin:{name}"))
    client.post(reverse(f"admin:{name}"), {})

    assert heard.words == set()


def test_changing_a_password_has_no_english_word(client, heard):
    form = {"old_password": PASSWORD, "new_password1": "1234", "new_password2": "123"}
    client.post(reverse("admin:password_change"), form | {"old_password": "wrong"})
    client.post(reverse("admin:password_change"), form)
    client.post(reverse("admin:password_change"), form | {"new_password2": "1234"})
    other = UserFactory()
    client.get(reverse("admin:auth_user_password_change", args=[other.pk]))
    client.post(reverse("admin:auth_user_password_change", args=[other.pk]), form)

    assert heard.words == set()


@pytest.mark.django_db
def test_signing_in_and_a_forgotten_password_have_no_english_word(heard):
    visitor = Client(HTTP_ACCEPT_LANGUAGE="de")
    nora = UserFactory(username="nora", email="nora@example.org", language="de")
    visitor.get(reverse("admin:login"))
    visitor.post(reverse("admin:login"), {"username": "nora", "password": "wrong"})
    visitor.post(reverse("admin:login"), {})
    asks = reverse("admin_password_reset")
    visitor.get(asks)
    visitor.post(asks, {"email": "nobody"})
    visitor.post(asks, {"email": nora.email}, follow=True)
    (message,) = mail.outbox
    address = re.search(r"https?://[^/]+(/\S+)", message.body)[1]
    chooses = visitor.get(address, follow=True).redirect_chain[-1][0]
    visitor.post(chooses, {"new_password1": "nora", "new_password2": "nora"})
    visitor.post(chooses, {"new_password1": "a", "new_password2": "b"})
    visitor.post(
        chooses, {"new_password1": "drei grüne Äpfel", "new_password2": "drei grüne Äpfel"}, follow=True
    )
    visitor.get(address, follow=True)

    assert heard.words == set()


def test_pages_that_refuse_have_no_english_word(client, heard):
    client.get("/admin/nothing/")
    client.get("/files/contacts.document/1/file/")
    client.get(page_url("contacts.City", "change", 999), follow=True)
    client.get(page_url("contacts.City", "changelist") + "?nonsense=1", follow=True)
    Client(enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="de").post(reverse("admin:login"), {})
    client.force_login(user_in("reader"))
    client.get(page_url("contacts.City", "add"))
    client.get(page_url("contacts.City", "change", CityFactory().pk))

    assert heard.words == set()


def test_roles_and_rights_are_called_in_the_language_of_the_reader(client):
    nora = user_in("officer")
    office = Office.current()
    office.head_group = nora.groups.get()
    office.save()

    account = client.get(url_of(nora)).content.decode()
    groups = client.get(page_url("auth.Group", "changelist")).content.decode()
    staff = client.get(page_url("contacts.User", "changelist")).content.decode()
    kept = client.get(office.get_absolute_url()).content.decode()
    client.force_login(user_in("reader"))
    read = client.get(url_of(nora)).content.decode()

    assert [page.count("Sachbearbeitung") > 0 for page in (account, groups, staff, kept, read)] == [True] * 5
    assert "Stadt: anlegen" in account


# --- what machines and mails say ---


@pytest.mark.django_db
def test_refusals_of_the_api_have_no_english_word(heard):
    officer = APIClient(HTTP_ACCEPT_LANGUAGE="de")
    officer.force_authenticate(user_in("officer"))
    city, tie = CityFactory(), PartnershipFactory()
    visit = {"title": 1, "starts_on": "soon", "ends_on": [], "stops": "x", "size": "many", "responsible": "?"}
    for address, body in [
        ("cities", {"kind": "village", "latitude": 900, "population": -1, "website": "x", "country": "?"}),
        (
            "cities",
            {
                "latitude": "x",
                "is_home": "x",
                "other_names": 1,
                "parent": {},
                "website": [],
                "name_de": "x" * 999,
            },
        ),
        ("cities", []),
        ("cities", {}),
        ("delegations", visit),
        (
            "delegations",
            {"title": "", "stops": [{"city": 0}], "partnership": tie.pk, "themes": [0], "themes ": 1},
        ),
        ("programme-items", {"starts_at": "x", "ends_at": 5, "delegation": 0}),
        ("people", {"email": "x", "phone": "x", "gender": "x", "kept_until": 3}),
        ("documents", {"file": "x", "kind": None}),
        ("costs", {"planned": "x", "actual": "1.234", "currency": "euro"}),
    ]:
        officer.post(f"/api/v1/{address}/", body, format="json")
    for address in ["cities/?nonsense=1", "cities/?limit=x", "cities/?cursor=x", "cities/999/", "nothing/"]:
        officer.get(f"/api/v1/{address}")
    for address in [
        "cities/?order=x",
        "cities/?population=x",
        "cities/?changed_since=x",
        "search/?q=x",
        "schema/",
    ]:
        officer.get(f"/api/v1/{address}")
    officer.put("/api/v1/cities/", {}, format="json")
    officer.post("/api/v1/cities/", "{", content_type="application/json")
    officer.post("/api/v1/cities/", "<a/>", content_type="text/xml")
    officer.get("/api/v1/cities/", HTTP_ACCEPT="application/xml")
    officer.patch(f"/api/v1/cities/{city.pk}/", {"region": "x"}, format="json", HTTP_IF_MATCH='"7"')
    officer.delete(f"/api/v1/cities/{tie.partner.pk}/")
    reader = APIClient(HTTP_ACCEPT_LANGUAGE="de")
    reader.get("/api/v1/cities/")
    reader.get("/api/v1/cities/", HTTP_AUTHORIZATION="Token nonsense")
    reader.get("/api/v1/cities/", HTTP_AUTHORIZATION="Token a b c")
    reader.post("/api/v1/auth/login/", HTTP_AUTHORIZATION="Basic ????")
    reader.force_authenticate(user_in("reader"))
    reader.post("/api/v1/cities/", {}, format="json")

    assert heard.words == set()


@pytest.mark.django_db
def test_a_mail_has_no_english_word(heard):
    ship(Rule, Stage)
    nora = user_in("officer", email="nora@example.org", language="de")
    Office.objects.update(from_address="office@example.org")
    tie = PartnershipFactory(founded="1989-11-17", responsible=nora)
    CityDateFactory(city=tie.partner, on="10-20")
    AgreementFactory(partnership=tie, valid_until="2024-11-20", state="signed", notice_days=14)
    DelegationFactory(partnership=tie, starts_on="2024-10-20", responsible=nora)
    DelegationFactory(partnership=tie, starts_on="2024-10-01", ends_on="2024-10-04", responsible=nora)
    FollowUpFactory(partnership=tie, assignee=nora, due_on="2024-10-10")
    started("2024-10-12")

    remind("2024-10-18")

    (message,) = mails()
    assert "Jahrestag" in message.text or "Jubil" in message.text
    assert heard.words == set()


# --- the catalogue ---


def test_a_missing_text_is_heard(heard):
    with translation.override("de"):
        str(translation.gettext("Not a word of German"))
        str(translation.ngettext("%d horse nobody knows", "%d horses nobody knows", 2))
        str(translation.gettext("Log in"))

    assert heard.missing == {"Not a word of German", "%d horse nobody knows"}


def test_translations_that_equal_their_source_are_listed():
    with (ROOT / "config/locale/de/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="de")
    same = {
        message.id
        for message in catalogue
        if isinstance(message.id, str) and message.id and message.string == message.id
    }

    assert words(same) == set()
