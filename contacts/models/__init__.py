"""Our people and theirs, places, bodies, papers."""

from contacts.models.cities import City, CityDate
from contacts.models.documents import Document, Statement
from contacts.models.kept_answers import KeptAnswer
from contacts.models.office import Office, User
from contacts.models.organisations import Organisation
from contacts.models.people import Person
from contacts.models.places import Place
from contacts.models.posts import Post, Tenure
from contacts.models.sent_forms import SentForm
from contacts.models.tokens import AccessToken

__all__ = [
    "AccessToken",
    "City",
    "CityDate",
    "Document",
    "KeptAnswer",
    "Office",
    "Organisation",
    "Person",
    "Place",
    "Post",
    "SentForm",
    "Statement",
    "Tenure",
    "User",
]
