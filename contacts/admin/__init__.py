"""What all pages of the admin have in common, and the pages of this room.

The admin describes, the models decide: rules stand in the models, and what a model refuses is shown as an
error of the form. Rights are asked of the user; which role has which stands in one table elsewhere.
"""

from contacts.admin.cities import CityAdmin
from contacts.admin.documents import DocumentAdmin, StatementAdmin
from contacts.admin.filters import CountryFilter, MineFilter, PublishedFilter
from contacts.admin.organisations import OrganisationAdmin, PostAdmin
from contacts.admin.pages import HistoryAdmin, PartAdmin, PublishableAdmin, RecordAdmin, RowAdmin
from contacts.admin.people import PersonAdmin, TenureAdmin
from contacts.admin.rows import BlockInline, RecordForm, Rows, TableInline
from contacts.admin.staff import OfficeAdmin, UserAdmin
from contacts.admin.values import EMPTY, badge, link, list_link

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
    "PostAdmin",
    "PublishableAdmin",
    "PublishedFilter",
    "RecordAdmin",
    "RecordForm",
    "RowAdmin",
    "Rows",
    "StatementAdmin",
    "TableInline",
    "TenureAdmin",
    "UserAdmin",
    "badge",
    "link",
    "list_link",
]
