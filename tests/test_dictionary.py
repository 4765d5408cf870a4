"""The names of the data dictionary, written out: what is missing here or in a model is missed at once."""

import pytest
from django.apps import apps

RECORD = "id created_at changed_at version"
PUBLISHED = "is_published published_at published_by withdrawn_at"

DICTIONARY = {
    "contacts.City": """
        name_de name_en name_local other_names kind country region parent latitude longitude population
        population_year timezone website wikidata_id geonames_id is_home notes documents""",
    "contacts.CityDate": "city kind on label",
    "contacts.Organisation": """
        title title_local other_names kind parent city is_investor_at_home address website email phone notes
        documents""",
    "contacts.Post": """
        title_de title_en title_local other_titles organisation is_head_of_city rank form_spoken form_letter
        form_envelope email phone notes documents""",
    "contacts.Person": """
        given_names family_name family_name_first name_local other_names title_before title_after honorific
        gender correspondence_language languages email phone address photo deceased_on do_not_contact
        do_not_contact_reason legal_basis purpose source informed_on retain_until protocol_notes""",
    "contacts.Tenure": "person post since until end_reason is_acting source",
    "contacts.Document": f"""
        title file url kind published_on publisher author press_contact language licence credit description
        {PUBLISHED}""",
    "contacts.Statement": "kind text speakers document on",
    "contacts.Office": "title timezone country state from_address head_group confirmed_at",
    "relations.Theme": "name_de name_en slug parent sdgs",
    "relations.Partnership": f"""
        home partner further_cities kind partner_term motto founded founded_note status predecessor decision
        themes responsible counterpart_posts statements ended_on story rgre_code wikidata_id {PUBLISHED}""",
    "relations.PartnershipEvent": """
        partnership kind on level reason decided_by decision review_on merged_into source""",
    "relations.Agreement": f"""
        title kind partnership cities organisations state sent_on signed_on place valid_from valid_until
        notice_days renews_by_months decision documents {PUBLISHED}""",
    "relations.Signature": "agreement person post for_city on is_witness",
    "relations.CouncilDecision": "body number on title url result",
    "relations.Project": f"""
        title kind state summary cities partnerships partners people starts_on ends_on places themes sdgs
        funding statements responsible result {PUBLISHED}""",
    "relations.ProjectPartner": "project organisation role",
    "relations.ProjectPlace": "project city venue since until",
    "relations.Funding": "project programme amount currency reference",
    "relations.Occasion": """
        partnership years label celebrated_from celebrated_until state reason motto budget""",
    "relations.Interaction": """
        on time kind summary people organisations city partnership project by documents""",
    "delegations.Delegation": f"""
        title direction kind sent_by home host partnership occasion purpose starts_on ends_on dates_note state
        parent themes decision responsible size benches partners documents statements summary report
        {PUBLISHED}""",
    "delegations.DelegationPartner": "delegation organisation role",
    "delegations.Stop": "delegation order city arrives_on departs_on note",
    "delegations.Participant": """
        delegation person group post organisation side role bench order reply attended stop diet access_needs
        note""",
    "delegations.ProgrammeItem": f"""
        delegation stop order title kind state on starts_at ends_at place organisations organiser hosts
        attendees project agreement is_highlight is_first_meeting topic talking_points note {PUBLISHED}""",
    "delegations.Outcome": "delegation programme_item text project agreement decision",
    "delegations.FollowUp": """
        title text owed_by assignee counterpart organisation due_on state done_on delegation programme_item
        outcome interaction agreement project partnership city occasion priority dropped_because step offset
        planned_on""",
    "delegations.JubileeStep": "key title text count unit side owner order is_active",
    "delegations.Gift": """
        direction on delegation person organisation what value currency decision whereabouts approved_by""",
    "delegations.Cost": "delegation kind planned actual currency borne_by budget_line note",
    "delegations.GoldenBookEntry": "on signers city volume page occasion_text delegation photo",
    "delegations.GoldenBookSigner": "entry person post",
}

# Columns that come with others, computed for looking things up or told by an upload; nobody writes them.
CLOCKWORK = {"search", "sort", "month_day", "founded_month_day", "file_name", "photo_name"}


@pytest.mark.parametrize("label", DICTIONARY)
def test_a_model_has_the_fields_of_the_dictionary_and_no_others(label):
    model = apps.get_model(label)
    named = set(f"{RECORD} {DICTIONARY[label]}".split())

    stored = {field.name for field in (*model._meta.fields, *model._meta.many_to_many)}
    computed = {name for name in named if isinstance(getattr(model, name, None), property)}
    rows = {name for name in named if name in {relation.name for relation in model._meta.related_objects}}

    assert (stored | computed | rows) - CLOCKWORK == named


def test_users_have_what_reminders_and_pages_need():
    fields = {field.name for field in apps.get_model("contacts.User")._meta.get_fields()}

    named = "person department language stand_in away_from away_until digest version changed_at email groups"
    assert set(named.split()) - fields == set()


def test_every_model_is_in_the_dictionary():
    rooms = [apps.get_app_config(room) for room in ("contacts", "relations", "delegations")]
    models = {
        model._meta.label
        for room in rooms
        for model in room.get_models()
        if not model.__name__.startswith("Historical")
    }

    # What is no record of ours: the gazetteer, and what keeps a form or a request from being taken twice.
    sent_once = {"contacts.SentForm", "contacts.KeptAnswer"}
    assert models == {*DICTIONARY, "contacts.User", "contacts.AccessToken", "contacts.Place", *sent_once}
