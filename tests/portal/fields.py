"""What the public sees, written by hand: a field that is not in this table is a leak until someone adds it.

The tests compare it with what is really answered, name by name and level by level.
"""

CITY = {
    *("id", "name", "names", "name_local", "other_names", "kind", "country", "region", "latitude"),
    *("longitude", "population", "population_year", "timezone", "website", "wikidata_id", "geonames_id"),
    *("is_home", "parent.id", "parent.name"),
}
THEME = {
    *("id", "slug", "name", "names", "sdgs", "parent.id", "parent.slug", "parent.name"),
}
PARTNERSHIP = {
    *("id", "name", "kind", "status", "partner_term", "motto", "founded", "ended_on", "story", "rgre_code"),
    *("wikidata_id", "home.id", "home.name", "partner.id", "partner.name"),
    *("further_cities.id", "further_cities.name", "predecessor.id", "predecessor.name"),
    *("themes.id", "themes.slug", "themes.name"),
}
AGREEMENTS = {
    *("agreements.id", "agreements.title", "agreements.kind", "agreements.signed_on", "agreements.place"),
    *("agreements.signatures.name", "agreements.signatures.post", "agreements.signatures.organisation"),
}
ANNIVERSARY = {
    *("id", "partnership.id", "partnership.name", "founded", "years", "on", "precision", "milestone"),
}
PROJECT = {
    *("id", "name", "kind", "state", "summary", "starts_on", "ends_on", "sdgs", "cities.id", "cities.name"),
    *("partnerships.id", "partnerships.name", "themes.id", "themes.slug", "themes.name"),
}
VISIT = {
    *("id", "name", "direction", "kind", "state", "purpose", "summary", "starts_on", "ends_on", "home.id"),
    *("home.name", "stops.city.id", "stops.city.name", "stops.arrives_on", "stops.departs_on"),
    *("partnership.id", "partnership.name", "themes.id", "themes.slug", "themes.name"),
}
PROGRAMME = {
    *("participants.name", "participants.post", "participants.organisation", "participants.side"),
    *("participants.role", "programme.title", "programme.kind", "programme.state", "programme.on"),
    *("programme.starts_at", "programme.ends_at", "programme.place", "programme.city.id"),
    *("programme.city.name", "documents.title", "documents.kind", "documents.url", "documents.published_on"),
    *("documents.language", "documents.licence", "documents.credit"),
}

# Of files made of the same rows.
PLACE = ("country", "latitude", "longitude", "wikidata_id", "geonames_id")
PLACED_PARTNERSHIP = PARTNERSHIP | {
    f"{city}.{field}" for city in ("home", "partner", "further_cities") for field in PLACE
}
TABLE = [
    *("id", "kind", "rgre_kind", "rgre_code", "wikidata_id", "status", "founded", "founded_precision"),
    *("ended_on", "home", "home_country", "home_wikidata_id", "home_geonames_id", "home_point", "partner"),
    *("partner_country", "partner_wikidata_id", "partner_geonames_id", "partner_point", "further_cities"),
    *("further_wikidata_ids", "partner_term", "motto", "themes", "url"),
]
ENTRY = {
    *("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL", "LOCATION", "CATEGORIES"),
    *("STATUS", "TRANSP"),
}
NEWS = {"title", "link", "description", "pubDate", "guid", "category"}

# The same in the words of schema.org: which words each kind of thing is told with.
LINKED = {
    "City": {
        *("@id", "name", "alternateName", "address", "geo", "containedInPlace", "url", "sameAs"),
        *("additionalProperty",),
    },
    "AdministrativeArea": {"@id", "name", "alternateName", "address", "geo", "containedInPlace", "sameAs"},
    "PostalAddress": {"addressCountry", "addressRegion"},
    "GeoCoordinates": {"latitude", "longitude"},
    "PropertyValue": {"name", "value", "valueReference", "propertyID"},
    "Place": {"@id", "name"},
    "DefinedTerm": {"@id", "name", "alternateName", "termCode"},
    "Organization": {
        *("@id", "name", "description", "slogan", "foundingDate", "dissolutionDate", "areaServed"),
        *("knowsAbout", "identifier", "sameAs", "subjectOf"),
    },
    "Project": {
        *("@id", "name", "description", "foundingDate", "dissolutionDate", "areaServed", "knowsAbout"),
        *("parentOrganization",),
    },
    "Event": {
        *("@id", "name", "description", "startDate", "endDate", "eventStatus", "eventAttendanceMode"),
        *("location", "about", "attendee", "subEvent", "subjectOf"),
    },
    "CreativeWork": {
        *("name", "dateCreated", "locationCreated", "contributor", "url", "datePublished", "inLanguage"),
        *("license", "creditText"),
    },
    "Person": {"name", "jobTitle", "affiliation"},
}

LISTS = {
    "cities": CITY,
    "partnerships": PARTNERSHIP,
    "projects": PROJECT,
    "visits": VISIT,
    "anniversaries": ANNIVERSARY,
    "themes": THEME,
}
DETAILS = {
    **LISTS,
    "partnerships": PARTNERSHIP | AGREEMENTS,
    "visits": VISIT | PROGRAMME,
}

# The columns behind these fields. All others are private, and so is everything of a row that is not public.
COLUMNS = {
    # Who publishes it all.
    "contacts.Office": {"title"},
    "contacts.City": {
        *("name_de", "name_en", "name_local", "other_names", "kind", "country", "region", "latitude"),
        *("longitude", "population", "population_year", "timezone", "website", "wikidata_id", "geonames_id"),
    },
    "contacts.Person": {"given_names", "family_name", "title_before", "title_after"},
    "contacts.Post": {"title_de", "title_en", "title_local"},
    "contacts.Organisation": {"title"},
    "contacts.Document": {"title", "kind", "url", "published_on", "language", "licence", "credit"},
    "relations.Theme": {"name_de", "name_en", "slug", "sdgs"},
    "relations.Partnership": {
        *("kind", "partner_term", "motto", "founded", "ended_on", "story", "rgre_code", "wikidata_id"),
    },
    "relations.Agreement": {"title", "kind", "signed_on", "place"},
    "relations.Project": {"title", "kind", "state", "summary", "starts_on", "ends_on", "sdgs"},
    "delegations.Delegation": {
        *("title", "direction", "kind", "state", "purpose", "summary", "starts_on", "ends_on"),
    },
    "delegations.Stop": {"arrives_on", "departs_on"},
    "delegations.Participant": {"side", "role"},
    "delegations.ProgrammeItem": {"title", "kind", "state", "on", "starts_at", "ends_at", "place"},
}

# Never shown, but they decide what is: whether it is public, in which order, who is in office.
DECIDING = {
    "contacts.Office": {"timezone"},
    "contacts.Organisation": {"kind"},
    "contacts.Post": {"rank"},
    "relations.PartnershipEvent": {"kind", "on"},
    "delegations.Stop": {"order"},
    "delegations.Participant": {"reply", "order"},
    "delegations.ProgrammeItem": {"order"},
}

# The same of relations, and of what is either so or otherwise: shown themselves, or what leads to what is.
LEADING = {
    "contacts.City": {"parent", "is_home"},
    "contacts.Person": {"family_name_first"},
    "contacts.Post": {"organisation", "is_head_of_city"},
    "relations.Theme": {"parent"},
    "relations.Partnership": {"home", "partner", "predecessor", "further_cities", "themes"},
    "relations.PartnershipEvent": {"partnership"},
    "relations.Agreement": {"partnership"},
    "relations.Signature": {"agreement", "person", "post"},
    "relations.Project": {"cities", "partnerships", "themes"},
    "delegations.Delegation": {"home", "partnership", "themes", "documents"},
    "delegations.Stop": {"delegation", "city"},
    "delegations.Participant": {"delegation", "person", "post", "attended"},
    "delegations.ProgrammeItem": {"delegation", "stop"},
}

# What each address can be asked for by. Any other parameter is a way to find something out.
MIRRORED = {"changed_since", "cursor", "lang", "page_size", "search"}
TIES = {"country", "kind", "status", "theme", "year"}
EVENTS = {"country", "kind", "theme", "year"}
ASKED = {
    "cities": MIRRORED | {"country", "kind"},
    "partnerships": MIRRORED | TIES,
    "projects": MIRRORED | EVENTS,
    "visits": MIRRORED | EVENTS,
    "themes": MIRRORED,
    "anniversaries": (MIRRORED - {"changed_since"}) | TIES,
    "partnerships.geojson": {"lang", "search"} | TIES,
    "partnerships.csv": {"lang", "search"} | TIES,
    "anniversaries.ics": {"lang", "search"} | TIES,
    "visits.ics": {"lang", "search"} | EVENTS,
    "news.rss": {"lang", "search", "country", "theme", "year"},
    "catalog.jsonld": {"lang"},
    "schema": set(),
    "embed": {"country", "cursor", "kind", "lang", "limit", "show", "status", "theme"},
}
