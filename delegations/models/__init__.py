"""Who visits whom, and what was promised."""

from delegations.models.delegations import Delegation, DelegationPartner, Participant, Stop
from delegations.models.follow_ups import FollowUp
from delegations.models.golden_book import GoldenBookEntry, GoldenBookSigner
from delegations.models.programme import Outcome, ProgrammeItem

__all__ = [
    "Delegation",
    "DelegationPartner",
    "FollowUp",
    "GoldenBookEntry",
    "GoldenBookSigner",
    "Outcome",
    "Participant",
    "ProgrammeItem",
    "Stop",
]
