"""Our people and theirs, places, bodies, papers."""

from contacts.models.cities import City, CityDate, Place
from contacts.models.documents import Document, Statement
from contacts.models.office import Office, User
from contacts.models.organisations import Organisation
from contacts.models.people import Person
from contacts.models.posts import Post, Tenure

__all__ = [
    "City",
    "CityDate",
    "Document",
    "Office",
    "Organisation",
    "Person",
    "Place",
    "Post",
    "Statement",
    "Tenure",
    "User",
]
