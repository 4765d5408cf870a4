"""The pages of visits and promises. What all pages have in common stands in contacts/admin/."""

from delegations.admin.keeping import CostAdmin, GiftAdmin, GoldenBookEntryAdmin
from delegations.admin.parts import OutcomeAdmin, ParticipantAdmin, ProgrammeItemAdmin, StopAdmin
from delegations.admin.promises import FollowUpAdmin, JubileeStepAdmin
from delegations.admin.visits import STATE_SHAPES, DelegationAdmin

__all__ = [
    "STATE_SHAPES",
    "CostAdmin",
    "DelegationAdmin",
    "FollowUpAdmin",
    "GiftAdmin",
    "GoldenBookEntryAdmin",
    "JubileeStepAdmin",
    "OutcomeAdmin",
    "ParticipantAdmin",
    "ProgrammeItemAdmin",
    "StopAdmin",
]
