"""What changed in public: a look compares it with what was there at the last one.

No other room has to tell. Where nothing was saved since, a look asks one short question. Else it compares
what was saved, and what hangs on it; the first look of a day compares everything, because some of what is
public changes with the date alone.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone, translation

from contacts.models import City, Document, Office, Organisation, Person, Post
from contacts.records import batches
from delegations.models import Delegation
from portal import api, state, webhooks
from portal.mirrored import MirroredViewSet
from portal.models import Delivery, Look, Seen
from portal.naming import ANY
from portal.views import Json
from relations.models import Partnership, Project, Theme

RESOURCES: dict[str, type[MirroredViewSet]] = {
    view.resource: view
    for view in (
        *(api.CityViewSet, api.ThemeViewSet),
        *(api.PartnershipViewSet, api.ProjectViewSet, api.VisitViewSet),
    )
}
# By which paths a public row reads what stands in others. Parts are not here: they lead to their wholes.
HANGS_ON: dict[type, dict[type, tuple[str, ...]]] = {
    City: {City: ("pk", "parent")},
    Theme: {Theme: ("pk", "parent")},
    Partnership: {
        Partnership: ("pk", "predecessor"),
        City: ("home", "partner", "further_cities", "predecessor__home", "predecessor__partner"),
        Theme: ("themes",),
        Person: ("agreements__signatures__person",),
        Post: ("agreements__signatures__post",),
        Organisation: ("agreements__signatures__post__organisation",),
    },
    Project: {
        Project: ("pk",),
        Partnership: ("partnerships",),
        City: ("cities", "partnerships__home", "partnerships__partner"),
        Theme: ("themes",),
    },
    Delegation: {
        Delegation: ("pk",),
        Partnership: ("partnership",),
        City: ("home", "stops__city", "partnership__home", "partnership__partner"),
        Theme: ("themes",),
        Document: ("documents",),
        Person: ("participants__person",),
        Post: ("participants__post",),
        Organisation: ("participants__post__organisation",),
    },
}
# When so many versions came at once, comparing everything is no more work.
MANY = 5_000
SECOND = datetime.timedelta(seconds=1)
# A process remembers for so long what it found of one state.
COMPARED_SECONDS = 60

Happened = Delivery.Happened


@dataclass(frozen=True, slots=True)
class Change:
    resource: str
    key: int
    happened: Happened
    digest: str = ""
    since: datetime.datetime | None = None
    """Public since then; without: since this look."""


def look(*, now: datetime.datetime, whole: bool = False) -> int:
    """Keep what is public now, and return how many rows were published, changed or withdrawn since the last
    look; `whole` compares everything.

    Comparing takes no lock. Of two looks at once the second finds that it is no longer the next one, and
    keeps nothing: what it saw is found by the first, or by the next.
    """
    last, today = Look.current(), Office.current().today(now=now)
    # Before the rows are read: what is saved while they are is compared again next time.
    present = state.read(today)
    changes: dict[tuple[str, int], Change] = {}
    if whole or present.fingerprint != last.fingerprint:
        for change in differences(None if whole else _touched(last, today), today=today):
            changes[change.resource, change.key] = change
    return len(changes) if _keep(last, present, [*changes.values()], now=now) else 0


def lately() -> Look:
    """The last look, or one that was the last a second ago."""
    found: Any = caches["here"].get_or_set("look", Look.last, state.REMEMBERED_SECONDS)
    return found  # type: ignore[no-any-return]


def is_up_to_date(last: Look) -> bool:
    """Whether a look would find nothing now that this one has not.

    Whether anything was saved would tell of what is private as well.
    """
    today = Office.current().today(now=timezone.now())
    present = state.lately(today)
    if present.fingerprint == last.fingerprint:
        return True
    if today != last.day:
        # Some of what is public changes with the date alone; to compare everything is left to the look.
        return False
    here, key = caches["here"], f"up-to-date-{last.number}-{present.fingerprint}"
    return bool(here.get_or_set(key, lambda: not _has_changed(last, today), COMPARED_SECONDS))


def _has_changed(last: Look, today: datetime.date) -> bool:
    """Only among what was saved and what hangs on it: where a row becomes public, or is so no longer, because
    another one names it, the other one was saved and has changed."""
    # However much was saved: most of it is private, and nothing public hangs on that.
    touched = _touched(last, today, most=None)
    if touched is None:
        return True
    for name in RESOURCES:
        view = _view(name, today)
        model = view.queryset.model
        for keys in batches(sorted(touched.get(model, set()) | _hanging_on(touched, model))):
            public = set(view.rows().order_by().filter(pk__in=keys).values_list("pk", flat=True))
            seen = Seen.objects.public().filter(resource=name, key__in=keys)
            if public != set(seen.values_list("key", flat=True)):
                return True
            if next(_compared(name, view, keys), None):
                return True
    return False


def catch_up() -> state.State | None:
    """Look, unless nothing was saved since the last look; the state that has been looked at.

    A mirror is told of nothing before a look has kept it: what is told and taken back between two looks would
    else stay in the mirror. None where another day has begun or so much was saved that everything is to be
    compared: that is left to the look of the minute; and where another look was quicker, for who knows what
    that one has seen.
    """
    now = timezone.now()
    today = Office.current().today(now=now)
    last, present = Look.last(), state.read(today)
    if present.fingerprint != last.fingerprint and last.looked_at:
        if _touched(last, today) is None:
            return None
        look(now=now)
        if Look.last().looked_at != now:
            return None
    return present


# --- comparing ---


def differences(touched: dict[type, set[int]] | None, *, today: datetime.date) -> Iterator[Change]:
    """What is another than at the last look. Of what stayed public only what was touched is compared; without
    that, all."""
    views = {name: _view(name, today) for name in RESOURCES}
    for name, view in views.items():
        for key in _gone(name, view.rows()):
            yield Change(name, key, Happened.WITHDRAWN)
            _touch(touched, view, key)
        for key in _new(name, view.rows()) if touched is not None else ():
            _touch(touched, view, key)
    for name, view in views.items():
        model = view.queryset.model
        keys = _keys(view.rows()) if touched is None else sorted(_hanging_on(touched, model))
        for batch in batches(keys):
            yield from _compared(name, view, batch)


def _view(name: str, today: datetime.date) -> MirroredViewSet:
    view = RESOURCES[name]()
    view.today = today
    return view


def _touch(touched: dict[type, set[int]] | None, view: MirroredViewSet, key: int) -> None:
    """Who names a city or theme that is public from now on, or no longer, shows it or leaves it out."""
    if touched is not None:
        touched.setdefault(view.queryset.model, set()).add(key)


def _keys(rows: QuerySet, name: str = "pk") -> Iterator[int]:
    return rows.prefetch_related(None).order_by(name).values_list(name, flat=True).iterator()


def _new(name: str, rows: QuerySet) -> Iterator[int]:
    return _keys(rows.filter(~Exists(Seen.objects.public().filter(resource=name, key=OuterRef("pk")))))


def _gone(name: str, rows: QuerySet) -> Iterator[int]:
    here = rows.order_by().filter(pk=OuterRef("key"))
    return _keys(Seen.objects.public().filter(~Exists(here), resource=name), "key")


def _compared(name: str, view: MirroredViewSet, keys: tuple[int, ...]) -> Iterator[Change]:
    seen = {row.key: row for row in Seen.objects.public().filter(resource=name, key__in=keys)}
    for row in view.detailed(view.rows()).filter(pk__in=keys).order_by("pk"):
        digest, known = digest_of(view, row), seen.get(row.pk)
        if known is None:
            yield Change(name, row.pk, Happened.PUBLISHED, digest)
        elif known.digest != digest:
            yield Change(name, row.pk, Happened.CHANGED, digest, known.since)


def digest_of(view: MirroredViewSet, row: Any) -> str:
    """Of everything that its own page shows, with all names that it could show in any language.

    Whoever asks, in whichever language: titles of posts are in that of the reader.
    """
    shown, digest = view.detail_class or view.serializer_class, hashlib.sha256()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            digest.update(Json().render(shown(row, context={"language": ANY}).data))
    return digest.hexdigest()


# --- what was saved since ---


def _touched(last: Look, today: datetime.date, *, most: int | None = MANY) -> dict[type, set[int]] | None:
    """Keys of what was saved since the last look, and of the wholes that it was or is part of; None: all."""
    if last.day != today or not last.newest:
        return None
    touched: dict[type, set[int]] = defaultdict(set)
    for model in state.READ:
        since = model.history.filter(history_id__gt=last.newest.get(model._meta.label, 0))
        touched[model].update(since.order_by().values_list("id", flat=True)[:most])
        if most and len(touched[model]) >= most:
            return None
        for link in (model._meta.get_field(name) for name in model.part_of):
            for batch in batches(touched[model]):
                wholes = model.history.filter(id__in=batch, **{f"{link.attname}__isnull": False})
                touched[link.related_model].update(wholes.order_by().values_list(link.attname, flat=True))
    return touched


def _hanging_on(touched: dict[type, set[int]], model: Any) -> set[int]:
    found: set[int] = set()
    for read, paths in HANGS_ON[model].items():
        for batch in batches(touched.get(read, ())):
            for path in paths:
                rows = model._base_manager.filter(**{f"{path}__in": batch})
                found.update(rows.order_by().values_list("pk", flat=True))
    return found


# --- keeping ---


@transaction.atomic
def _keep(last: Look, present: state.State, changes: list[Change], *, now: datetime.datetime) -> bool:
    """False where another look was quicker."""
    stamp = now.replace(microsecond=0)
    if last.changed_at:
        stamp = max(stamp, last.changed_at + SECOND)
    facts: dict[str, Any] = {"looked_at": now, "day": present.today, "fingerprint": present.fingerprint}
    if present.is_settled:
        facts["newest"] = present.newest
    if changes:
        facts["changed_at"] = stamp
    # The row stays held until the commit: keys of later looks are higher.
    if not Look.objects.filter(pk=Look.THE_ONE, number=last.number).update(number=last.number + 1, **facts):
        return False
    by_resource: dict[str, list[int]] = defaultdict(list)
    for change in changes:
        by_resource[change.resource].append(change.key)
    for resource, keys in by_resource.items():
        for batch in batches(keys):
            Seen.objects.filter(resource=resource, key__in=batch).delete()
    Seen.objects.bulk_create((_entry(change, stamp) for change in changes), batch_size=500)
    webhooks.write(((each.resource, each.key, each.happened) for each in changes), at=stamp)
    return True


def _entry(change: Change, stamp: datetime.datetime) -> Seen:
    return Seen(
        resource=change.resource,
        key=change.key,
        digest=change.digest,
        since=change.since or stamp,
        changed_at=stamp,
        withdrawn_at=stamp if change.happened == Happened.WITHDRAWN else None,
    )
