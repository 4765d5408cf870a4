from __future__ import annotations

from contacts.api.serializers import RECORD, CleanModelSerializer
from contacts.api.views import RecordViewSet
from contacts.models import Organisation, Post


class OrganisationSerializer(CleanModelSerializer):
    class Meta:
        model = Organisation
        fields = (
            *RECORD,
            *("title", "title_local", "other_names", "kind", "parent", "city", "is_investor_at_home"),
            *("address", "website", "email", "phone", "documents", "notes"),
        )


class OrganisationViewSet(RecordViewSet):
    queryset = Organisation.objects.all()
    serializer_class = OrganisationSerializer
    expandable = ("parent", "city", "documents")
    filterset_fields = ("title", "kind", "parent", "city", "is_investor_at_home", "documents")
    ordering = ("name",)
    ordering_fields = ("kind", "changed_at")


class PostSerializer(CleanModelSerializer):
    class Meta:
        model = Post
        fields = (
            *RECORD,
            *("title_de", "title_en", "title_local", "other_titles", "organisation"),
            *("is_head_of_city", "rank"),
            *("form_spoken", "form_letter", "form_envelope", "email", "phone", "documents", "notes"),
        )


class PostViewSet(RecordViewSet):
    queryset = Post.objects.all()
    serializer_class = PostSerializer
    expandable = ("organisation", "documents")
    filterset_fields = ("organisation", "is_head_of_city", "rank", "documents")
    ordering = ("organisation__name", "rank", "name")
    ordering_fields = ("changed_at",)
