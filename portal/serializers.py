"""What the public sees of each thing, written out field by field. Nothing is taken over from a model.

The table in tests/portal/fields.py says the same once more: a field that is added here alone fails there.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.api.fields import PartialDateField
from contacts.api.serializers import StraightSerializer
from contacts.dates import Precision
from contacts.models import City, Document
from delegations.models import Delegation, Participant, ProgrammeItem
from portal.naming import name_of, names_of
from relations.anniversaries import Milestone
from relations.models import Agreement, Partnership, Project
from relations.models.partnerships import Status


class Code(serializers.ChoiceField):
    """One of the words that the model knows; its labels are for our own pages."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        self.labels = dict(choices.choices)
        super().__init__(choices=list(choices.values), **kwargs)


@extend_schema_field({"type": "string"})
class NameField(serializers.Field):
    """In the language asked for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "source": "*", "read_only": True})

    def to_representation(self, row: Any) -> str:
        return name_of(row, self.context["language"])


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class NamesField(serializers.Field):
    """By language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "source": "*", "read_only": True})

    def to_representation(self, row: Any) -> dict[str, str]:
        return names_of(row)


class Reference(StraightSerializer):
    """A public row that another one names."""

    id = serializers.IntegerField()
    name = NameField()


class ThemeReference(StraightSerializer):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = NameField()


class OfficeHolder(StraightSerializer):
    """A person as the holder of a public office: name and post of that day, and no more."""

    name = serializers.CharField(source="person.full_name")
    post = serializers.CharField(source="post.title")
    organisation = serializers.CharField(source="post.organisation.title")


class Present(OfficeHolder):
    side = Code(Participant.Side)
    role = Code(Participant.Role)


# --- cities and themes ---


class CitySerializer(StraightSerializer):
    id = serializers.IntegerField()
    name = NameField()
    names = NamesField()
    name_local = serializers.CharField(help_text="As the city writes itself, in its own script.")
    other_names = serializers.ListField(child=serializers.CharField())
    kind = Code(City.Kind)
    country = serializers.CharField(help_text="ISO 3166, two letters.")
    region = serializers.CharField()
    parent = Reference(source="public_parent", allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    population = serializers.IntegerField(allow_null=True)
    population_year = serializers.IntegerField(allow_null=True)
    timezone = serializers.CharField()
    website = serializers.CharField()
    wikidata_id = serializers.CharField()
    geonames_id = serializers.IntegerField(allow_null=True)
    is_home = serializers.BooleanField()


class ThemeSerializer(StraightSerializer):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = NameField()
    names = NamesField()
    parent = ThemeReference(source="public_parent", allow_null=True)
    sdgs = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=17),
        help_text="Sustainable Development Goals of the United Nations.",
    )


# --- ties ---


class PartnershipSerializer(StraightSerializer):
    id = serializers.IntegerField()
    name = NameField()
    home = Reference()
    partner = Reference()
    further_cities = Reference(source="public_further_cities", many=True)
    kind = Code(Partnership.Kind)
    status = Code(Status)
    partner_term = serializers.CharField(help_text="What the partner city calls the tie.")
    motto = serializers.CharField()
    founded = PartialDateField(allow_null=True)
    ended_on = PartialDateField(allow_null=True)
    predecessor = Reference(source="public_predecessor", allow_null=True)
    themes = ThemeReference(source="public_themes", many=True)
    story = serializers.CharField()
    rgre_code = serializers.CharField()
    wikidata_id = serializers.CharField()


class AgreementSerializer(StraightSerializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    kind = Code(Agreement.Kind)
    signed_on = PartialDateField(allow_null=True)
    place = serializers.CharField()
    signatures = OfficeHolder(source="public_signatures", many=True)


class PartnershipDetailSerializer(PartnershipSerializer):
    agreements = AgreementSerializer(source="public_agreements", many=True)


class AnniversarySerializer(StraightSerializer):
    id = serializers.CharField()
    partnership = Reference(source="tie")
    founded = PartialDateField(source="occurrence.founded")
    years = serializers.IntegerField(source="occurrence.years")
    on = PartialDateField(
        source="occurrence.when", help_text="As exactly as the founding is known: a day, a month or a year."
    )
    precision = Code(Precision, source="occurrence.precision")
    milestone = Code(Milestone, source="occurrence.milestone")


class Placed(Reference):
    """A city with where it lies, and what other catalogues know it by."""

    country = serializers.CharField(help_text="ISO 3166, two letters.")
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    wikidata_id = serializers.CharField()
    geonames_id = serializers.IntegerField(allow_null=True)


class PlacedPartnershipSerializer(PartnershipSerializer):
    """A tie for maps and tables: enough to draw a line between its cities."""

    home = Placed()
    partner = Placed()
    further_cities = Placed(source="public_further_cities", many=True)


# --- projects and visits ---


class ProjectSerializer(StraightSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField(source="title")
    kind = Code(Project.Kind)
    state = Code(Project.State)
    summary = serializers.CharField()
    starts_on = PartialDateField(allow_null=True)
    ends_on = PartialDateField(allow_null=True)
    cities = Reference(source="public_cities", many=True)
    partnerships = Reference(source="public_partnerships", many=True)
    themes = ThemeReference(source="public_themes", many=True)
    sdgs = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=17))


class StopSerializer(StraightSerializer):
    city = Reference()
    arrives_on = PartialDateField(allow_null=True)
    departs_on = PartialDateField(allow_null=True)


class VisitSerializer(StraightSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField(source="title")
    direction = serializers.ChoiceField(choices=["", *Delegation.Direction.values])
    kind = Code(Delegation.Kind)
    state = Code(Delegation.State)
    purpose = serializers.CharField()
    summary = serializers.CharField()
    starts_on = PartialDateField(allow_null=True)
    ends_on = PartialDateField(allow_null=True)
    home = Reference(allow_null=True)
    stops = StopSerializer(source="public_stops", many=True)
    partnership = Reference(source="public_partnership", allow_null=True)
    themes = ThemeReference(source="public_themes", many=True)


class ProgrammeItemSerializer(StraightSerializer):
    title = serializers.CharField()
    kind = Code(ProgrammeItem.Kind)
    state = Code(ProgrammeItem.State)
    on = PartialDateField(allow_null=True)
    starts_at = serializers.TimeField(allow_null=True, help_text="Local time of the city.")
    ends_at = serializers.TimeField(allow_null=True)
    place = serializers.CharField()
    city = Reference(source="stop.city", default=None, allow_null=True)


class DocumentSerializer(StraightSerializer):
    title = serializers.CharField()
    kind = Code(Document.Kind)
    url = serializers.CharField()
    published_on = PartialDateField(allow_null=True)
    language = serializers.CharField()
    licence = serializers.CharField()
    credit = serializers.CharField()


class VisitDetailSerializer(VisitSerializer):
    participants = Present(
        source="public_participants", many=True, help_text="Those in public office, with the post of then."
    )
    programme = ProgrammeItemSerializer(source="public_programme", many=True)
    documents = DocumentSerializer(source="public_documents", many=True)
