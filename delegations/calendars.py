"""What calendars for other programs say of a visit, whoever may read them."""

from __future__ import annotations

from delegations.models import Delegation


def status_of(visit: Delegation) -> str:
    """What is put off does not happen on the days that it still has."""
    state = Delegation.State
    match visit.state:
        case state.CANCELLED | state.POSTPONED:
            return "CANCELLED"
        case state.IDEA | state.PLANNED:
            return "TENTATIVE"
    return "CONFIRMED"
