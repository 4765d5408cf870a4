"""What all pages of the admin have in common, and the pages of this room.

The admin describes, the models decide: rules stand in the models, and what a model refuses is shown as an
error of the form. Rights are asked of the user; which role has which stands in one table elsewhere.
"""

from contacts.admin.cities import CityAdmin
from contacts.admin.documents import DocumentAdmin, StatementAdmin
from contacts.admin.filters import CountryFilter, MineFilter, PublishedFilter, RelatedFilter
from contacts.admin.gazetteer import PlaceAdmin
from contacts.admin.organisations import OrganisationAdmin, PostAdmin
from contacts.admin.pages import HistoryAdmin, PartAdmin, PublishableAdmin, RecordAdmin, RowAdmin, Tab
from contacts.admin.people import PersonAdmin, TenureAdmin
from contacts.admin.rows import BlockInline, RecordForm, Rows, TableInline
from contacts.admin.staff import OfficeAdmin, UserAdmin
from contacts.admin.values import EMPTY, badge, icon, link, list_link, mark, with_mark, with_small
from contacts.admin.verbs import Verb, fields_of

__all__ = [
    "EMPTY",
    "BlockInline",
    "CityAdmin",
    "CountryFilter",
    "DocumentAdmin",
    "HistoryAdmin",
    "MineFilter",
    "OfficeAdmin",
    "OrganisationAdmin",
    "PartAdmin",
    "PersonAdmin",
    "PlaceAdmin",
    "PostAdmin",
    "PublishableAdmin",
    "PublishedFilter",
    "RecordAdmin",
    "RecordForm",
    "RelatedFilter",
    "RowAdmin",
    "Rows",
    "StatementAdmin",
    "Tab",
    "TableInline",
    "TenureAdmin",
    "UserAdmin",
    "Verb",
    "badge",
    "fields_of",
    "icon",
    "link",
    "list_link",
    "mark",
    "with_mark",
    "with_small",
]
