"""What ties us: themes, partnerships and their life, agreements, projects, anniversaries celebrated."""

from relations.models.agreements import Agreement, CouncilDecision, Signature
from relations.models.partnerships import Occasion, Partnership, PartnershipEvent
from relations.models.projects import Funding, Project, ProjectPartner, ProjectPlace
from relations.models.themes import Theme

__all__ = [
    "Agreement",
    "CouncilDecision",
    "Funding",
    "Occasion",
    "Partnership",
    "PartnershipEvent",
    "Project",
    "ProjectPartner",
    "ProjectPlace",
    "Signature",
    "Theme",
]
