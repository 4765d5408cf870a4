"""Which rows the public may see: those marked published, and the cities and themes that these name.

What hangs on such a row is fetched into attributes of its own (`public_agreements`). The relations themselves
hold what is not public as well; a serializer that is asked to show what nobody has fetched fails.
"""

from __future__ import annotations

import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from contacts.models import City, Document, Organisation
from contacts.records import there_is
from delegations.models import Delegation, Participant, ProgrammeItem, Stop
from relations.models import Agreement, Partnership, Project, Signature, Theme
from relations.models.partnerships import Status

PUBLIC_BODIES = (
    Organisation.Kind.ADMINISTRATION,
    Organisation.Kind.COUNCIL,
    Organisation.Kind.GOVERNMENT,
    Organisation.Kind.MISSION,
)
_Role = Participant.Role
ROLES_IN_OFFICE = (
    *(_Role.HEAD, _Role.MEMBER, _Role.COUNTERPART, _Role.HOST, _Role.GUEST, _Role.SPEAKER, _Role.MODERATOR),
)


# --- what others name, by its name alone ---

# Files say where it lies, too.
CITY_NAMES = (
    *("name_de", "name_en", "name_local", "country"),
    *("latitude", "longitude", "wikidata_id", "geonames_id"),
)
THEME_NAMES = ("slug", "name_de", "name_en")


def of(relation: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{relation}__{name}" for name in names)


# What is read of a row, and nothing else: what a serializer shows of it (portal/serializers.py).
PARTNERSHIP = (
    *(*of("home", CITY_NAMES), *of("partner", CITY_NAMES), "kind", "partner_term", "motto", "founded"),
    *("ended_on", "predecessor", "story", "rgre_code", "wikidata_id"),
)
PROJECT = ("title", "kind", "state", "summary", "starts_on", "ends_on", "sdgs")
VISIT = (
    *("title", "direction", "kind", "state", "purpose", "summary", "starts_on", "ends_on"),
    *(*of("home", CITY_NAMES), "partnership"),
)
STOP = ("delegation", *of("city", CITY_NAMES), "arrives_on", "departs_on")


def named_cities() -> QuerySet[City]:
    return City.objects.only(*CITY_NAMES).order_by("sort", "pk")


def named_themes() -> QuerySet[Theme]:
    return Theme.objects.only(*THEME_NAMES).order_by("sort", "pk")


def named_ties() -> QuerySet[Partnership]:
    """Those that are public themselves."""
    ties = Partnership.objects.published().select_related("home", "partner").order_by("pk")
    return ties.only(*of("home", CITY_NAMES), *of("partner", CITY_NAMES))


# --- what has a mark of its own ---


def partnerships(today: datetime.date) -> QuerySet[Partnership]:
    return (
        Partnership.objects.published()
        .with_status(today)
        .select_related("home", "partner")
        .only(*PARTNERSHIP)
        .prefetch_related(
            Prefetch("further_cities", named_cities(), "public_further_cities"),
            Prefetch("themes", named_themes(), "public_themes"),
            Prefetch("predecessor", named_ties(), "public_predecessor"),
        )
    )


def with_agreements(ties: QuerySet[Partnership]) -> QuerySet[Partnership]:
    signatures = Signature.objects.filter(in_office()).select_related("person", "post__organisation")
    agreements = (
        Agreement.objects.published()
        .order_by("signed_on", "pk")
        .prefetch_related(Prefetch("signatures", signatures.order_by("pk"), "public_signatures"))
    )
    return ties.prefetch_related(Prefetch("agreements", agreements, "public_agreements"))


def projects() -> QuerySet[Project]:
    return (
        Project.objects.published()
        .only(*PROJECT)
        .prefetch_related(
            Prefetch("cities", named_cities(), "public_cities"),
            Prefetch("partnerships", named_ties(), "public_partnerships"),
            Prefetch("themes", named_themes(), "public_themes"),
        )
    )


def visits() -> QuerySet[Delegation]:
    stops = Stop.objects.select_related("city").order_by("order", "pk")
    return (
        Delegation.objects.published()
        .select_related("home")
        .only(*VISIT)
        .prefetch_related(
            Prefetch("stops", stops.only(*STOP), "public_stops"),
            Prefetch("partnership", named_ties(), "public_partnership"),
            Prefetch("themes", named_themes(), "public_themes"),
        )
    )


def with_programme(visits: QuerySet[Delegation]) -> QuerySet[Delegation]:
    present = Participant.objects.filter(in_office(), role__in=ROLES_IN_OFFICE).exclude(
        Q(reply=Participant.Reply.DECLINED)
        | Q(attended=False)
        # Who is only asked has not promised to be there.
        | Q(attended__isnull=True, reply__in=(Participant.Reply.INVITED, Participant.Reply.OPEN))
    )
    items = ProgrammeItem.objects.published().select_related("stop__city").order_by("order", "pk")
    documents = Document.objects.published().order_by("published_on", "pk")
    return visits.prefetch_related(
        Prefetch(
            "participants",
            present.select_related("person", "post__organisation").order_by("order", "pk"),
            "public_participants",
        ),
        Prefetch("programme", items, "public_programme"),
        Prefetch("documents", documents, "public_documents"),
    )


def in_office() -> Q:
    """Where a person appears as the holder of a public office, with the post of that day.

    That is who leads a city, and who has a place in the precedence of a public body. A clerk's post has none.
    """
    heads = Q(post__is_head_of_city=True)
    ranked = Q(post__rank__isnull=False, post__organisation__kind__in=PUBLIC_BODIES)
    return Q(person__isnull=False) & (heads | ranked)


# --- what they name ---


def cities() -> QuerySet[City]:
    parents = _named_cities()
    return _named_cities().prefetch_related(Prefetch("parent", parents, "public_parent"))


def _named_cities() -> QuerySet[City]:
    """Those whose names the rows above show. Places of a project, or its partners, are shown by no one."""
    ties, projects, visits = _marked()
    # Homes are few. Unless there is an order to keep, the database takes any other city for one of them, too,
    # and reads all rows for the first that is not there.
    of_homes = (rows.order_by("published_at") for rows in (ties, visits))
    named = (
        *((rows, "home") for rows in of_homes),
        *((ties, "partner"), (ties, "further_cities")),
        *((projects, "cities"), (visits, "stops__city")),
    )
    return City.objects.filter(_named_by(*named))


def themes() -> QuerySet[Theme]:
    return _named_themes().prefetch_related(Prefetch("parent", _named_themes(), "public_parent"))


def _named_themes() -> QuerySet[Theme]:
    return Theme.objects.filter(_named_by(*((rows, "themes") for rows in _marked())))


def _marked() -> tuple[QuerySet, QuerySet, QuerySet]:
    kinds = (Partnership, Project, Delegation)
    ties, projects, visits = (kind.objects.published().order_by() for kind in kinds)
    return ties, projects, visits


def _named_by(*named: tuple[QuerySet, str]) -> Q:
    """Rows that one of these names by its relation."""
    found = Q(pk__in=())
    for rows, relation in named:
        found |= Q(there_is(rows.filter(**{relation: OuterRef("pk")})))
    return found


# --- what is computed of them ---


def celebrated(today: datetime.date) -> QuerySet[Partnership]:
    """Ties whose anniversaries are told: neither proposed, suspended nor ended, nor followed by a closer one.

    Only a closer tie that is public itself counts, or one could tell from the answer that there is another.
    """
    closer = (
        Partnership.objects.published()
        .with_status(today)
        .exclude(status_then=Status.PROPOSED)  # type: ignore[misc]
        .filter(predecessor=OuterRef("pk"))
    )
    return (
        Partnership.objects.published()
        .with_status(today)
        .select_related("home", "partner")
        .filter(founded__isnull=False)
        .exclude(status_then__in=[Status.PROPOSED, Status.SUSPENDED, Status.ENDED])  # type: ignore[misc]
        .exclude(Exists(closer))
    )
