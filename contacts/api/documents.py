from __future__ import annotations

from contacts.api.serializers import PUBLISHED, RECORD, CleanModelSerializer
from contacts.api.uploads import uploads_at
from contacts.api.views import PublishableViewSet, RecordViewSet
from contacts.models import Document, Statement


class DocumentSerializer(CleanModelSerializer):
    class Meta:
        model = Document
        fields = (
            *RECORD,
            *("title", "kind", "file", "file_name", "url", "published_on", "publisher", "author"),
            *("press_contact", "language", "licence", "credit", "description"),
            *PUBLISHED,
        )


class DocumentViewSet(uploads_at("file"), PublishableViewSet):  # type: ignore[misc]
    queryset = Document.objects.all()
    serializer_class = DocumentSerializer
    expandable = ("publisher", "author", "press_contact")
    filterset_fields = (
        *("title", "kind", "published_on", "publisher", "author", "press_contact", "language"),
    )
    ordering = ("-published_on", "name")
    ordering_fields = ("changed_at",)


class StatementSerializer(CleanModelSerializer):
    class Meta:
        model = Statement
        fields = (*RECORD, "kind", "text", "speakers", "document", "on")


class StatementViewSet(RecordViewSet):
    queryset = Statement.objects.all()
    serializer_class = StatementSerializer
    expandable = ("speakers", "document")
    filterset_fields = ("kind", "speakers", "document", "on")
    ordering = ("-on",)
    ordering_fields = ("changed_at",)
