from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import LanguageFilter, PublishedFilter, WhereFilter, occurring
from contacts.admin.pages import PublishableAdmin, RecordAdmin
from contacts.admin.rows import TableInline
from contacts.admin.values import badge
from contacts.fields import language_names
from contacts.models import Document, Statement


class StatementInline(TableInline):
    model = Statement
    fields = ["kind", "text", "speakers", "on"]


@admin.register(Document)
class DocumentAdmin(PublishableAdmin):
    list_display = ["name", "kind", "publisher", "published_on", "language_name", "where", "public"]
    list_filter = [occurring("kind", _("kind")), PublishedFilter, WhereFilter, LanguageFilter]
    inlines = [StatementInline]
    fieldsets = [
        (None, {"fields": ["title", "kind", "file", "url", "description"]}),
        (_("Origin"), {"fields": ["published_on", "publisher", ("author", "press_contact"), "language"]}),
        (_("Rights"), {"classes": ["collapse"], "fields": ["licence", "credit"]}),
    ]

    @admin.display(description=_("document"), ordering="sort")
    def name(self, document: Document) -> str:
        return str(document)

    @admin.display(description=_("language"), ordering="language")
    def language_name(self, document: Document) -> str | None:
        return language_names().get(document.language, document.language)

    @admin.display(description=_("where it is"))
    def where(self, document: Document) -> str:
        places = [(document.file, gettext("file")), (document.url, gettext("web"))]
        return ", ".join(word for place, word in places if place)

    @admin.display(description=_("public"))
    def public(self, document: Document) -> str | None:
        return badge("ok", gettext("public")) if document.is_published else None


@admin.register(Statement)
class StatementAdmin(RecordAdmin):
    list_display = ["__str__", "kind", "said_by", "document", "on"]
    list_filter = [occurring("kind", _("kind"))]
    fields = ["kind", "text", "speakers", "document", "on"]

    def for_list(self, queryset: Any) -> Any:
        return super().for_list(queryset).prefetch_related("speakers")

    @admin.display(description=_("speakers"))
    def said_by(self, statement: Statement) -> str:
        return ", ".join(person.full_name for person in statement.speakers.all())
