import pytest
from django.urls import reverse

from contacts.models import City
from contacts.viewpoint import KEY
from delegations.models import Delegation, FollowUp
from relations.models import Agreement, Interaction, Occasion, Partnership, Project
from tests.desk.conftest import day, tie_of
from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    OccasionFactory,
    OutcomeFactory,
    ProgrammeItemFactory,
    ProjectFactory,
    StopFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def berlin():
    return HomeCityFactory(name_de="Berlin")


@pytest.fixture
def pankow(berlin):
    return HomeCityFactory(name_de="Pankow", kind=City.Kind.DISTRICT, parent=berlin)


@pytest.fixture
def linz():
    return tie_of("Linz", "Izmir", founded="2000-05-04")


def tie(home, name):
    return Partnership.objects.create(home=home, partner=CityFactory(name_de=name), founded="1990-01-02")


def test_ties_of_a_home_city_are_its_own_and_its_districts(berlin, pankow, linz):
    own, of_district = tie(berlin, "Istanbul"), tie(pankow, "Kolberg")
    as_partner = Partnership.objects.create(home=CityFactory(), partner=berlin)
    linz_with_berlin = tie_of("Graz", "Pula")
    linz_with_berlin.further_cities.add(pankow)

    assert set(Partnership.objects.of_home(berlin)) == {own, of_district, as_partner, linz_with_berlin}
    assert set(Partnership.objects.of_home(pankow)) == {of_district, linz_with_berlin}


def test_visits_agreements_projects_and_occasions_follow_the_city_or_its_tie(berlin, pankow, linz):
    ours = tie(berlin, "Istanbul")
    visits = {
        DelegationFactory(home=pankow),
        DelegationFactory(partnership=ours),
        StopFactory(city=berlin).delegation,
    }
    agreements = {AgreementFactory(partnership=ours), AgreementFactory()}
    next(each for each in agreements if each.partnership is None).cities.add(pankow)
    projects = {ProjectFactory(), ProjectFactory()}
    by_city, by_tie = projects
    by_city.cities.add(berlin)
    by_tie.partnerships.add(ours)
    occasion = OccasionFactory(partnership=ours)
    for other in (DelegationFactory(partnership=linz), AgreementFactory(partnership=linz), ProjectFactory()):
        other.save()
    OccasionFactory(partnership=linz)

    assert set(Delegation.objects.of_home(berlin)) == visits
    assert set(Agreement.objects.of_home(berlin)) == agreements
    assert set(Project.objects.of_home(berlin)) == projects
    assert set(Occasion.objects.of_home(berlin)) == {occasion}


def test_promises_follow_whatever_they_were_made_on(berlin, linz):
    ours = tie(berlin, "Istanbul")
    visit = DelegationFactory(partnership=ours)
    project = ProjectFactory()
    project.partnerships.add(ours)
    expected = {
        FollowUpFactory(**origin)
        for origin in (
            {"city": berlin},
            {"partnership": ours},
            {"occasion": OccasionFactory(partnership=ours)},
            {"project": project},
            {"agreement": AgreementFactory(partnership=ours)},
            {"interaction": InteractionFactory(partnership=ours)},
            {"delegation": visit},
            {"programme_item": ProgrammeItemFactory(delegation=visit)},
            {"outcome": OutcomeFactory(delegation=visit)},
        )
    }
    FollowUpFactory(partnership=linz)
    FollowUpFactory(interaction=InteractionFactory(partnership=linz))
    FollowUpFactory()

    assert set(FollowUp.objects.of_home(berlin)) == expected


def test_contacts_follow_their_tie_their_project_or_the_city_that_we_have_a_tie_with(berlin, linz):
    ours = tie(berlin, "Istanbul")
    project = ProjectFactory()
    project.cities.add(berlin)
    expected = {
        InteractionFactory(partnership=ours),
        InteractionFactory(project=project),
        InteractionFactory(city=ours.partner),
        InteractionFactory(city=berlin),
    }
    InteractionFactory(partnership=linz, city=ours.partner)
    InteractionFactory(city=linz.partner)
    InteractionFactory()

    assert set(Interaction.objects.of_home(berlin)) == expected


# --- the switch ---


def choose(client, city, **fields):
    return client.post(reverse("desk:viewpoint"), {"home": city.pk if city else "", **fields})


def listed(client, model):
    page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
    return page, set(page.context["cl"].result_list)


def test_the_switch_narrows_lists_until_all_are_shown_again(client, berlin, linz):
    ours = tie(berlin, "Istanbul")

    choose(client, berlin)
    page, rows = listed(client, Partnership)
    assert rows == {ours}
    assert page.context["cl"].full_result_count == 1
    assert page.context["cl"].only_of == berlin

    choose(client, None)
    page, rows = listed(client, Partnership)
    assert rows == {ours, linz}
    assert page.context["cl"].only_of is None


def test_lists_of_what_has_no_city_of_ours_stay_whole(client, berlin, linz):
    choose(client, berlin)

    page, rows = listed(client, City)

    assert rows == {berlin, linz.home, linz.partner}
    assert page.context["cl"].only_of is None


def test_a_narrowed_list_says_so(client, berlin):
    choose(client, berlin)

    assert "Only Berlin and its districts." in listed(client, Partnership)[0].content.decode()
    assert "Only Berlin" not in listed(client, City)[0].content.decode()


def test_the_form_of_a_row_elsewhere_still_opens(client, berlin, linz):
    choose(client, berlin)

    assert client.get(linz.get_absolute_url()).status_code == 200


def test_the_first_page_is_narrowed_too(officer, berlin, linz):
    ours = tie(berlin, "Istanbul")
    FollowUpFactory(due_on="2026-11-18", partnership=linz)
    DelegationFactory(partnership=linz, starts_on="2026-12-01")

    found = day(officer, home=berlin)

    assert [each.tie for each in found.anniversaries.next] == [ours]
    assert [each.tie for each in found.quiet.rows] == [ours]
    assert (found.due.total, found.visits.coming) == (0, 0)


def test_the_switch_leads_back_to_where_one_was_but_never_elsewhere(client, berlin):
    assert choose(client, berlin, next="/admin/contacts/city/?q=a").url == "/admin/contacts/city/?q=a"
    assert choose(client, berlin, next="https://example.org/").url == "/admin/"


def test_only_one_of_our_own_can_be_chosen(client, linz):
    assert choose(client, linz.partner).status_code == 404
    assert KEY not in client.session


def test_a_city_that_is_ours_no_more_narrows_nothing(client, berlin, linz):
    choose(client, berlin)
    City.objects.filter(pk=berlin.pk).update(is_home=False)

    assert listed(client, Partnership)[1] == {linz}


def test_the_switch_offers_our_cities_and_marks_the_chosen_one(client, berlin, pankow, linz):
    choose(client, berlin)

    page = client.get("/admin/").content.decode()

    assert f'name="home" value="{berlin.pk}" aria-current="true">Berlin<' in page
    assert f'name="home" value="{pankow.pk}">Pankow (Berlin)<' in page
    assert f'value="{linz.partner.pk}"' not in page
