import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import translation

from contacts.dates import PartialDate
from contacts.models import City
from relations.models import Partnership, PartnershipEvent
from relations.models.partnerships import Status
from tests.factories import (
    AgreementFactory,
    CityFactory,
    HomeCityFactory,
    OccasionFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    PostFactory,
    ThemeFactory,
)

TODAY = datetime.date(2026, 3, 1)
Kind = PartnershipEvent.Kind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def happened(tie, *events):
    for kind, on in events:
        PartnershipEventFactory(partnership=tie, kind=kind, on=on)
    return tie


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


# --- the pair ---


def test_the_mirrored_pair_is_the_same_tie():
    tie = PartnershipFactory()
    mirrored = Partnership(home=tie.partner, partner=tie.home)

    assert refusal_of(mirrored) == {
        "partner": ["These two cities have an open tie of this kind already, in either order."]
    }
    with pytest.raises(ValidationError):
        mirrored.save()
    assert Partnership.objects.between(tie.partner, tie.home).get() == tie


def test_a_tie_of_another_kind_may_stand_beside_it():
    tie = PartnershipFactory()

    PartnershipFactory(home=tie.partner, partner=tie.home, kind="climate").full_clean()

    assert Partnership.objects.between(tie.home, tie.partner).count() == 2


def test_a_new_tie_may_follow_one_that_has_ended():
    tie = PartnershipFactory()
    tie.end(on="1999")

    PartnershipFactory(home=tie.home, partner=tie.partner).full_clean()

    assert Partnership.objects.count() == 2


def test_a_tie_of_several_cities_is_found_from_each_of_them():
    third, stranger = CityFactory(), CityFactory()
    tie = PartnershipFactory()
    tie.further_cities.add(third)

    found = [list(Partnership.objects.of_city(city)) for city in (tie.home, tie.partner, third, stranger)]

    assert found == [[tie], [tie], [tie], []]


def test_the_two_cities_of_a_tie_are_no_further_ones():
    tie, third = PartnershipFactory(), CityFactory()

    tie.clean_many({"further_cities": [third]})
    with pytest.raises(ValidationError) as refusal:
        tie.clean_many({"further_cities": [third, tie.partner]})

    assert refusal.value.message_dict == {
        "further_cities": ["The two cities of the tie are no further ones. Choose others."]
    }


def test_a_tie_of_districts_is_named_after_the_districts():
    berlin, istanbul = HomeCityFactory(name_de="Berlin"), CityFactory(name_de="Istanbul", country="TR")
    treptow = HomeCityFactory(name_de="Treptow-Köpenick", kind="district", parent=berlin)
    tepebasi = CityFactory(name_de="Tepebaşı", kind="district", parent=istanbul, country="TR")

    assert str(PartnershipFactory(home=treptow, partner=tepebasi)) == "Treptow-Köpenick–Tepebaşı"


def test_another_kind_than_a_partnership_is_said():
    tie = PartnershipFactory(
        home=HomeCityFactory(name_de="Linz"), partner=CityFactory(name_de="Izmir"), kind="friendship"
    )

    assert str(tie) == "Linz–Izmir (friendship)"


def test_a_tie_is_found_by_both_names_in_any_order():
    tie = PartnershipFactory(
        home=HomeCityFactory(name_de="Düsseldorf"), partner=CityFactory(name_de="Chongqing", country="CN")
    )

    for typed in ("duesseldorf chongqing", "Chongqing–Düsseldorf", "dusseldorf"):
        assert list(Partnership.objects.search(typed)) == [tie]


# --- status by events ---


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "unknown"),
        ([("first_contact", "2004")], "unknown"),
        ([("other", "2004"), ("stepped_up", "2005")], "unknown"),
        ([("council_decision", "2005-03-14")], "proposed"),
        ([("council_decision", "2005-03-14"), ("signed", "2005-06-03")], "active"),
        ([("signed", "2005-06-03"), ("council_decision", "2005-03-14")], "active"),
        ([("signed", "1989"), ("dormant", "2001")], "dormant"),
        ([("signed", "1989"), ("dormant", "2001"), ("renewed", "2010")], "active"),
        ([("signed", "1989"), ("suspended", "2022-03")], "suspended"),
        ([("signed", "1989"), ("suspended", "2022-03"), ("resumed", "2024")], "active"),
        ([("signed", "1989"), ("ended", "2016")], "ended"),
        ([("signed", "1989"), ("suspended", "2030")], "active"),
        ([("signed", "2030-01-01")], "unknown"),
        # One day: the decision goes before what followed it, however they were entered.
        ([("signed", "2005-06-03"), ("council_decision", "2005-06-03")], "active"),
        ([("suspended", "2022-03-01"), ("resumed", "2022-03-01")], "active"),
        ([("ended", "2016-05-01"), ("renewed", "2016-05-01")], "ended"),
        # A signing "in 2004" may have followed a decision of July 2004.
        ([("signed", "2004"), ("council_decision", "2004-07-14")], "active"),
        ([("signed", "2004-07"), ("council_decision", "2004-07-14")], "active"),
        ([("signed", "2003"), ("council_decision", "2004-07-14")], "proposed"),
        # Without a date.
        ([("signed", None)], "active"),
        ([("signed", None), ("council_decision", None)], "active"),
        ([("signed", None), ("council_decision", "2004-07-14")], "active"),
        ([("signed", "1989"), ("dormant", None)], "active"),
        # Nothing follows an end.
        ([("renewed", "2016-05-01"), ("ended", "2016")], "ended"),
    ],
)
def test_the_latest_event_decides_the_status(events, status):
    tie = happened(PartnershipFactory(), *events)

    assert tie.status_on(TODAY) == status
    assert Partnership.objects.with_status(TODAY).get().status_then == status


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2005-03-13", "unknown"),
        ("2005-03-14", "proposed"),
        ("2005-06-02", "proposed"),
        ("2005-06-03", "active"),
        ("2022-02-28", "active"),
        ("2022-03-01", "suspended"),
        ("2023-12-31", "suspended"),
        ("2024-01-01", "active"),
    ],
)
def test_the_status_is_that_of_the_day_asked_for(day, status):
    tie = happened(
        PartnershipFactory(),
        ("council_decision", "2005-03-14"),
        ("signed", "2005-06-03"),
        ("suspended", "2022-03"),
        ("resumed", "2024"),
    )

    assert tie.status_on(datetime.date.fromisoformat(day)) == status


def test_an_official_suspension_suspends_too():
    tie = happened(PartnershipFactory(), ("signed", "1989"))

    tie.suspend(on="2022-03", level=PartnershipEvent.Level.OFFICIAL, reason="Krieg", review_on=TODAY)

    assert tie.status_on(TODAY) == Status.SUSPENDED


def test_lists_tell_the_status_in_one_query(django_assert_num_queries):
    for _number in range(3):
        happened(PartnershipFactory(), ("signed", "1989"))

    with django_assert_num_queries(1):
        assert [tie.status for tie in Partnership.objects.with_status(TODAY)] == [Status.ACTIVE] * 3


def test_reminded_are_active_dormant_and_unknown_ties():
    ties = {
        "active": happened(PartnershipFactory(), ("signed", "1989")),
        "dormant": happened(PartnershipFactory(), ("signed", "1989"), ("dormant", "2001")),
        "unknown": PartnershipFactory(),
        "proposed": happened(PartnershipFactory(), ("council_decision", "2025")),
        "suspended": happened(PartnershipFactory(), ("signed", "1989"), ("suspended", "2022")),
        "ended": happened(PartnershipFactory(), ("signed", "1989"), ("ended", "2016")),
    }

    reminded = set(Partnership.objects.reminded(TODAY))

    assert {name for name, tie in ties.items() if tie in reminded} == {"active", "dormant", "unknown"}


# --- the end ---


def test_ending_sets_the_day_of_the_end_together_with_its_event():
    tie = happened(PartnershipFactory(), ("signed", "1989"))

    tie.end(on="2016-05", reason="Kein Austausch mehr")

    tie.refresh_from_db()
    assert str(tie.ended_on) == "2016-05"
    assert tie.status_on(TODAY) == Status.ENDED
    assert [event.kind for event in tie.events.all()] == [Kind.SIGNED, Kind.ENDED]


def test_an_end_without_a_date_is_refused_and_nothing_is_saved():
    tie = PartnershipFactory()

    with pytest.raises(ValidationError) as refusal:
        tie.end(reason="unbekannt wann")

    assert refusal.value.message_dict == {"on": ["Say when the tie ended, at least the year."]}
    assert (tie.events.count(), tie.ended_on) == (0, None)


def test_an_end_entered_as_an_event_closes_the_tie_like_the_verb():
    tie = PartnershipFactory()

    PartnershipEventFactory(partnership=tie, kind="ended", on="2016")

    tie.refresh_from_db()
    assert str(tie.ended_on) == "2016"


def test_a_corrected_end_moves_the_day_of_the_end():
    tie = PartnershipFactory()
    event = tie.end(on="2016")
    event.on = "2017-02-01"

    event.save()

    tie.refresh_from_db()
    assert str(tie.ended_on) == "2017-02-01"


def test_an_end_that_was_none_opens_the_tie_again():
    tie = PartnershipFactory()
    event = tie.end(on="2016")
    event.kind = Kind.DORMANT

    event.full_clean()
    event.save()

    tie.refresh_from_db()
    assert tie.ended_on is None


def test_a_deleted_end_opens_the_tie_again():
    tie = PartnershipFactory()
    tie.end(on="2016").delete()

    tie.refresh_from_db()
    assert tie.ended_on is None


def test_ends_deleted_in_bulk_open_their_ties_again():
    ties = [PartnershipFactory(), PartnershipFactory()]
    for tie in ties:
        tie.end(on="2016")

    PartnershipEvent.objects.filter(kind="ended").delete()

    assert list(Partnership.objects.values_list("ended_on", flat=True)) == [None, None]


def test_an_end_moved_to_another_tie_opens_the_one_and_closes_the_other():
    wrong, right = PartnershipFactory(), PartnershipFactory()
    event = wrong.end(on="2016")
    event.partnership = right

    event.full_clean()
    event.save()

    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.ended_on, str(right.ended_on)) == (None, "2016")


def ended_beside_an_open_one():
    old = PartnershipFactory()
    event = old.end(on="1999")
    PartnershipFactory(home=old.partner, partner=old.home)
    return old, event


def still_ended(old):
    old.refresh_from_db()
    return str(old.ended_on) == "1999" and old.events.get().kind == Kind.ENDED


def test_a_tie_is_not_opened_beside_an_open_one_by_a_correction():
    old, event = ended_beside_an_open_one()
    event.kind = Kind.DORMANT

    assert refusal_of(event) == {
        "__all__": [f"{old} would be open again, beside another open tie of this kind. End that one first."]
    }
    with pytest.raises(ValidationError):
        event.save()
    assert still_ended(old)


def test_a_tie_is_not_opened_beside_an_open_one_by_a_deletion():
    old, event = ended_beside_an_open_one()

    with pytest.raises(ValidationError) as refusal:
        event.delete()

    assert refusal.value.code == "reopened"
    assert still_ended(old)


def test_a_tie_is_not_opened_beside_an_open_one_by_a_deletion_in_bulk():
    old, _event = ended_beside_an_open_one()

    with pytest.raises(ValidationError):
        PartnershipEvent.objects.all().delete()

    assert still_ended(old)


def test_an_end_moves_from_one_tie_of_a_pair_to_the_other():
    old, event = ended_beside_an_open_one()
    event.partnership = Partnership.objects.get(ended_on__isnull=True)

    event.full_clean()
    event.save()

    old.refresh_from_db()
    assert old.ended_on is None


def test_nothing_can_follow_an_end():
    tie = PartnershipFactory()
    tie.end(on="2016-05")

    with pytest.raises(ValidationError) as refusal:
        tie.resume(on="2020")

    assert refusal.value.message_dict == {
        "on": ["The tie had ended by then. Enter what followed as a new tie."]
    }


def test_what_was_before_the_end_can_be_entered_later():
    tie = PartnershipFactory()
    tie.end(on="2016-05")

    tie.suspend(on="2010")

    assert tie.status_on(TODAY) == Status.ENDED


def test_the_end_is_no_field_of_a_form():
    assert not Partnership._meta.get_field("ended_on").editable


# --- mergers, step-ups ---


def test_a_merged_tie_goes_on_in_the_other_one():
    old, new = PartnershipFactory(), PartnershipFactory()

    event = old.merge(new, on="2001-01-01", reason="Bezirksreform")

    old.refresh_from_db()
    assert (event.merged_into, str(old.ended_on)) == (new, "2001-01-01")
    assert old.status_on(TODAY) == Status.ENDED


def test_a_merger_names_its_target_and_nothing_else_does():
    tie, other = PartnershipFactory(), PartnershipFactory()
    message = "A merger, and only a merger, names the tie that it goes on in."

    assert refusal_of(PartnershipEvent(partnership=tie, kind="merged", on="2001")) == {
        "merged_into": [message]
    }
    assert refusal_of(PartnershipEvent(partnership=tie, kind="signed", merged_into=other)) == {
        "merged_into": [message]
    }


def test_a_tie_is_not_merged_into_itself():
    tie = PartnershipFactory()

    with pytest.raises(ValidationError) as refusal:
        tie.merge(tie, on="2001")

    assert refusal.value.message_dict == {
        "merged_into": ["A tie cannot be merged into itself. Choose another one."]
    }


def test_a_tie_that_another_was_merged_into_cannot_be_deleted():
    old, new = PartnershipFactory(), PartnershipFactory()
    old.merge(new, on="2001")

    with pytest.raises(ProtectedError):
        new.delete()


def test_a_step_up_keeps_both_ties():
    friendship = happened(PartnershipFactory(kind="friendship"), ("signed", "1995"))
    theme, post, third = ThemeFactory(), PostFactory(), CityFactory()
    friendship.themes.add(theme)
    friendship.counterpart_posts.add(post)
    friendship.further_cities.add(third)

    closer = friendship.step_up(kind=Partnership.Kind.PARTNERSHIP, founded=PartialDate.parse("2004-07-22"))

    assert (closer.predecessor, str(closer.founded)) == (friendship, "2004-07-22")
    assert [(event.kind, str(event.on)) for event in friendship.events.all()] == [
        (Kind.SIGNED, "1995"),
        (Kind.STEPPED_UP, "2004-07-22"),
    ]
    assert (list(closer.themes.all()), list(closer.counterpart_posts.all())) == ([theme], [post])
    assert list(closer.further_cities.all()) == [third]
    assert (friendship.status_on(TODAY), closer.status_on(TODAY)) == (Status.ACTIVE, Status.ACTIVE)


def test_only_the_closer_tie_is_reminded():
    friendship = happened(PartnershipFactory(kind="friendship"), ("signed", "1995"))
    closer = friendship.step_up(kind=Partnership.Kind.PARTNERSHIP, founded=PartialDate(2004))

    assert list(Partnership.objects.reminded(TODAY)) == [closer]


def test_a_proposed_successor_leaves_the_earlier_tie_in_place():
    friendship = happened(PartnershipFactory(kind="friendship"), ("signed", "1995"))
    proposed = PartnershipFactory(home=friendship.home, partner=friendship.partner, predecessor=friendship)
    happened(proposed, ("council_decision", "2025-12-01"))

    assert list(Partnership.objects.reminded(TODAY)) == [friendship]


def test_a_step_up_to_the_same_kind_changes_nothing():
    tie = PartnershipFactory()

    with pytest.raises(ValidationError) as refusal:
        tie.step_up(kind=Partnership.Kind.PARTNERSHIP, founded=PartialDate(2004))

    assert list(refusal.value.message_dict) == ["partner"]
    assert (Partnership.objects.count(), PartnershipEvent.objects.count()) == (1, 0)


def test_a_tie_grows_out_of_one_of_the_same_pair():
    other = PartnershipFactory(kind="friendship")

    assert refusal_of(PartnershipFactory.build(home=CityFactory(), partner=CityFactory(), predecessor=other))[
        "predecessor"
    ] == ["That tie joins other cities. Choose one of this pair."]


def test_ties_do_not_grow_out_of_each_other_however_many_there_are():
    first = PartnershipFactory(kind="contact")
    pair = {"home": first.home, "partner": first.partner}
    second = PartnershipFactory(kind="friendship", predecessor=first, **pair)
    first.predecessor = PartnershipFactory(kind="partnership", predecessor=second, **pair)

    assert refusal_of(first) == {"predecessor": ["The ties would grow out of each other."]}


def test_a_tie_does_not_grow_out_of_itself():
    tie = PartnershipFactory()
    tie.predecessor = tie

    assert refusal_of(tie) == {"predecessor": ["A tie cannot grow out of itself. Choose the earlier one."]}


# --- what is kept ---


def test_a_tie_with_a_paper_cannot_be_deleted():
    tie = PartnershipFactory()
    AgreementFactory(partnership=tie)

    with pytest.raises(ProtectedError):
        tie.delete()


def test_a_city_with_a_tie_cannot_be_deleted():
    tie = PartnershipFactory()

    with pytest.raises(ProtectedError):
        City.objects.filter(pk=tie.partner.pk).delete()


# --- occasions ---


def test_an_anniversary_is_celebrated_once():
    occasion = OccasionFactory(years=35)

    assert refusal_of(OccasionFactory.build(partnership=occasion.partnership, years=35)) == {
        "years": ["This anniversary of the tie is on record already."]
    }


def test_an_anniversary_counts_a_year_at_least():
    assert refusal_of(OccasionFactory.build(partnership=PartnershipFactory(), years=0)) == {
        "years": ["An anniversary counts at least one year."]
    }


def test_an_anniversary_without_a_name_tells_its_tie():
    tie = PartnershipFactory(home=HomeCityFactory(name_de="Berlin"), partner=CityFactory(name_de="Istanbul"))

    assert str(OccasionFactory(partnership=tie, years=35)) == "35 years Berlin–Istanbul"


def test_natural_keys_find_a_tie_from_either_side():
    tie = PartnershipFactory(home=HomeCityFactory(name_de="Linz"), partner=CityFactory(name_de="Izmir"))

    assert Partnership.objects.get_by_natural_key("Linz", "Izmir") == tie
    assert Partnership.objects.get_by_natural_key("Izmir", "Linz", "partnership") == tie
