"""What ties us: themes, partnerships and their life, agreements, projects, anniversaries, contacts."""

from relations.models.agreements import Agreement, CouncilDecision, Signature
from relations.models.interactions import Interaction
from relations.models.occasions import Occasion
from relations.models.partnerships import Partnership, PartnershipEvent
from relations.models.projects import Funding, Project, ProjectPartner, ProjectPlace
from relations.models.themes import Theme

__all__ = [
    "Agreement",
    "CouncilDecision",
    "Funding",
    "Interaction",
    "Occasion",
    "Partnership",
    "PartnershipEvent",
    "Project",
    "ProjectPartner",
    "ProjectPlace",
    "Signature",
    "Theme",
]
