"""Pages of lower rooms, completed by what only a look across the rooms can show."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from contacts.admin import EMPTY, CityAdmin, link
from contacts.models import City
from delegations.models import Delegation
from relations.models import Partnership, Project

admin.site.unregister(City)


@admin.register(City)
class CityWithTiesAdmin(CityAdmin):
    """A city with its ties, the visits that stopped there, and the projects it takes part in."""

    readonly_fields = ["its_ties", "its_visits", "its_projects"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        first, *others = super().get_fieldsets(request, obj)
        if obj is None:
            return [first, *others]
        return [first, (_("What ties us"), {"fields": self._across(request)}), *others]

    def _across(self, request: HttpRequest) -> list[str]:
        """What the reader may see of the other rooms."""
        rights = {
            "its_ties": "relations.view_partnership",
            "its_visits": "delegations.view_delegation",
            "its_projects": "relations.view_project",
        }
        return [name for name, right in rights.items() if request.user.has_perm(right)]

    @admin.display(description=_("partnerships"))
    def its_ties(self, city: City) -> str:
        return _links(Partnership.objects.of_city(city).labelled())

    @admin.display(description=_("visits"))
    def its_visits(self, city: City) -> str:
        stopped = Delegation.objects.filter(stops__city=city).values("pk")
        return _links(Delegation.objects.filter(pk__in=stopped))

    @admin.display(description=_("projects"))
    def its_projects(self, city: City) -> str:
        return _links(Project.objects.filter(cities=city))


def _links(records: QuerySet) -> str:
    return format_html_join(", ", "{}", ((link(record),) for record in records)) or EMPTY
