"""The pages of what ties us. What all pages have in common stands in contacts/admin/."""

from relations.admin.agreements import AgreementAdmin, CouncilDecisionAdmin
from relations.admin.interactions import InteractionAdmin
from relations.admin.projects import OccasionAdmin, ProjectAdmin, ThemeAdmin
from relations.admin.ties import PartnershipAdmin, PartnershipEventAdmin

__all__ = [
    "AgreementAdmin",
    "CouncilDecisionAdmin",
    "InteractionAdmin",
    "OccasionAdmin",
    "PartnershipAdmin",
    "PartnershipEventAdmin",
    "ProjectAdmin",
    "ThemeAdmin",
]
