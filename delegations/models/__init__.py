"""Who visits whom, and what was promised."""

from delegations.models.costs import Cost
from delegations.models.delegations import Delegation, DelegationPartner
from delegations.models.follow_ups import FollowUp
from delegations.models.gifts import Gift
from delegations.models.golden_book import GoldenBookEntry, GoldenBookSigner
from delegations.models.jubilee_steps import JubileeStep
from delegations.models.participants import Participant
from delegations.models.programme import Outcome, ProgrammeItem
from delegations.models.stops import Stop

__all__ = [
    "Cost",
    "Delegation",
    "DelegationPartner",
    "FollowUp",
    "Gift",
    "GoldenBookEntry",
    "GoldenBookSigner",
    "JubileeStep",
    "Outcome",
    "Participant",
    "ProgrammeItem",
    "Stop",
]
