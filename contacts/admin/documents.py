from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import PublishedFilter
from contacts.admin.pages import PublishableAdmin, RecordAdmin
from contacts.admin.rows import TableInline
from contacts.models import Document, Statement


class StatementInline(TableInline):
    model = Statement
    fields = ["kind", "text", "speakers", "on"]


@admin.register(Document)
class DocumentAdmin(PublishableAdmin):
    list_display = ["__str__", "kind", "publisher", "published_on", "language"]
    list_filter = ["kind", PublishedFilter]
    inlines = [StatementInline]
    fieldsets = [
        (None, {"fields": ["title", "kind", ("file", "url"), "description"]}),
        (_("Origin"), {"fields": ["published_on", "publisher", ("author", "press_contact"), "language"]}),
        (_("Rights"), {"classes": ["collapse"], "fields": ["licence", "credit"]}),
    ]


@admin.register(Statement)
class StatementAdmin(RecordAdmin):
    list_display = ["__str__", "kind", "document", "on"]
    list_filter = ["kind"]
    fields = ["kind", "text", "speakers", "document", "on"]
