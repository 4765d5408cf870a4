"""A calendar as another program reads it: by a library that is not the one that wrote it."""

from typing import Any

import vobject


def events_of(content: bytes) -> dict[str, Any]:
    """By its title, each entry."""
    calendar = vobject.readOne(content.decode())
    found = {event.summary.value: event for event in getattr(calendar, "vevent_list", [])}
    assert len(found) == len(getattr(calendar, "vevent_list", []))
    return found


def days_of(event: Any) -> tuple[str, str]:
    """Its first day, and the day before which it ends."""
    return str(event.dtstart.value), str(event.dtend.value)
