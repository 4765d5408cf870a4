"""What the look promises to those who do not see it: names, states and ways within a page."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.admin.values import SHAPES, badge, mark
from tests.factories import CityFactory, FollowUpFactory, PartnershipFactory, UserFactory
from tests.pages import save, url_of

CITIES = "/admin/contacts/city/"


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def text_of(client, url, **query):
    return client.get(url, query).content.decode()


def test_badge_says_its_state_by_shape_and_word():
    assert [badge(shape, "running") for shape in SHAPES] == [
        f'<span class="badge {shape}">running</span>' for shape in SHAPES
    ]


def test_mark_that_stands_alone_has_a_word():
    assert "<title" not in mark("partnership")
    assert '<span class="visually-hidden">partnership</span>' in mark("partnership", "partnership")


def test_menu_marks_the_list_that_a_page_belongs_to_and_nothing_else(client):
    city = CityFactory()

    for url in (CITIES, url_of(city), f"{CITIES}add/"):
        marked = re.findall(r'<a href="([^"]+)" aria-current="page"', text_of(client, url))
        assert [address for address in marked if "?" not in address] == [CITIES], url


def test_menu_counts_my_open_and_my_late_promises(client):
    me = UserFactory(is_superuser=True)
    client.force_login(me)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    FollowUpFactory(assignee=me, due_on=str(yesterday))
    FollowUpFactory(assignee=me, due_on=None)
    FollowUpFactory(assignee=UserFactory(), due_on=str(yesterday))

    page = text_of(client, CITIES)

    assert re.findall(r'visually-hidden">, (\d+ \w+)<', page) == ["1 overdue", "2 open"]


def test_row_of_a_list_is_headed_and_its_box_has_its_name(client):
    CityFactory(name_de="Linz", name_en="Linz")

    page = text_of(client, CITIES)

    assert len(re.findall(r'<th scope="row"', page)) == 1
    assert 'aria-label="Choose Linz"' in page


def test_list_says_what_narrows_it_and_how_to_take_that_away(client):
    CityFactory(is_home=True)
    CityFactory(is_home=False)

    page = client.get(CITIES, {"is_home__exact": "1", "q": "zzz"}).content.decode()

    chosen = re.search(r'<ul class="active-filters".*?</ul>', page, re.DOTALL).group(0)
    assert re.findall(r'href="(\?[^"]*)"', chosen) == ["?is_home__exact=1", "?q=zzz"]
    assert page.count('aria-current="true"><span>Yes</span>') == 1
    assert "Nothing here fits what you are looking for." in page


def test_fault_is_told_at_its_field_and_in_a_summary_that_leads_there(client):
    tie = PartnershipFactory()

    page = save(client, url_of(tie), "partnership", home="").content.decode()

    assert '<a href="#id_home">' in page
    field = re.search(r'<select name="home"[^>]*>', page).group(0)
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_home_error"' in field
    assert 'id="id_home_error"' in page


def test_relation_is_chosen_in_our_own_field(client):
    page = text_of(client, f"{reverse('admin:relations_partnership_changelist')}add/")

    assert 'src="/static/goldenbook/chooser.js" type="module"' in page
    assert "select2" not in page
    assert "jquery" not in page
