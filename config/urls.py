from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from reminders.health import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="root"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("health/", health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
]
