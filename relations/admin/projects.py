"""Projects, jubilees, and the themes that both are about."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    MineFilter,
    PartAdmin,
    PublishableAdmin,
    PublishedFilter,
    RecordAdmin,
    RelatedFilter,
    Tab,
    TableInline,
    badge,
)
from relations.models import (
    Funding,
    Occasion,
    Project,
    ProjectPartner,
    ProjectPlace,
    Theme,
)

PROJECT_SHAPES = {
    Project.State.IDEA: "open",
    Project.State.RUNNING: "ok",
    Project.State.COMPLETED: "over",
    Project.State.STOPPED: "over",
}
OCCASION_SHAPES = {
    Occasion.State.PLANNED: "plan",
    Occasion.State.CELEBRATED: "ok",
    Occasion.State.POSTPONED: "warn",
    Occasion.State.SKIPPED: "over",
}


class ProjectPartnerInline(TableInline):
    model = ProjectPartner
    fields = ["organisation", "role"]


class ProjectPlaceInline(TableInline):
    model = ProjectPlace
    fields = ["city", "venue", "since", "until"]


class FundingInline(TableInline):
    model = Funding
    fields = ["programme", "amount", "currency", "reference"]


@admin.register(Project)
class ProjectAdmin(PublishableAdmin):
    list_display = ["title", "kind", "state_badge", "starts_on", "ends_on", "responsible"]
    list_filter = [
        *("state", "kind", MineFilter, ("themes", RelatedFilter)),
        *(("cities", RelatedFilter), PublishedFilter),
    ]
    tabs: tuple[Tab, ...] = (
        Tab(_("Mine"), {"mine": "yes"}),
        Tab(_("Running"), {"state__exact": Project.State.RUNNING.value}),
        Tab(_("Agreed, not yet begun"), {"state__exact": Project.State.AGREED.value}),
    )
    inlines = [ProjectPartnerInline, ProjectPlaceInline, FundingInline]
    fieldsets = [
        (None, {"fields": ["title", ("kind", "state"), ("starts_on", "ends_on"), "summary", "responsible"]}),
        (_("With whom"), {"fields": ["partnerships", "cities", "people"]}),
        (_("Themes"), {"classes": ["collapse"], "fields": ["themes", "sdgs"]}),
        (_("Result"), {"classes": ["collapse"], "fields": ["result", "statements"]}),
    ]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, project: Project) -> str:
        return badge(PROJECT_SHAPES.get(Project.State(project.state), "plan"), project.get_state_display())


@admin.register(ProjectPartner)
class ProjectPartnerAdmin(PartAdmin):
    list_display = ["project", "organisation", "role"]
    fields = ["project", "organisation", "role"]


@admin.register(ProjectPlace)
class ProjectPlaceAdmin(PartAdmin):
    list_display = ["project", "city", "venue", "since", "until"]
    fields = ["project", "city", "venue", ("since", "until")]


@admin.register(Funding)
class FundingAdmin(PartAdmin):
    list_display = ["project", "programme", "amount", "currency"]
    fields = ["project", "programme", ("amount", "currency"), "reference"]


# --- jubilees and themes ---


@admin.register(Occasion)
class OccasionAdmin(RecordAdmin):
    list_display = ["__str__", "partnership", "years", "celebrated_from", "state_badge"]
    list_filter = ["state"]
    fieldsets = [
        (None, {"fields": ["partnership", ("years", "label"), ("state", "reason")]}),
        (_("Celebration"), {"fields": [("celebrated_from", "celebrated_until"), "motto", "budget"]}),
    ]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, occasion: Occasion) -> str:
        return badge(OCCASION_SHAPES[Occasion.State(occasion.state)], occasion.get_state_display())


@admin.register(Theme)
class ThemeAdmin(RecordAdmin):
    list_display = ["__str__", "parent", "slug"]
    fields = [("name_de", "name_en"), "slug", "parent", "sdgs"]
    prepopulated_fields = {"slug": ["name_de"]}
