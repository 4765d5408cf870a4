from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path
from django.views.generic import RedirectView

from contacts import accounts, downloads
from desk.feed_views import calendar_feed
from portal.preview import preview
from reminders import guard
from reminders.done import done
from reminders.health import health

handler400 = "config.faults.bad_request"
handler404 = "config.faults.page_not_found"
handler500 = "config.faults.server_error"

# A forgotten password: ask, told to look into the mail, choose, done.
forgotten_password = [
    path(
        "",
        accounts.ForgottenPasswordView.as_view(is_copy=guard.is_unconfirmed_copy),
        name="admin_password_reset",
    ),
    path("sent/", auth_views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("<uidb64>/<token>/", accounts.NewPasswordView.as_view(), name="password_reset_confirm"),
    path("done/", auth_views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="root"),
    # The first page of the staff is the officer's day; it stands before the admin's own overview.
    path("admin/", include("desk.urls")),
    path("admin/forgotten-password/", include(forgotten_password)),
    # From a mail: mark a follow-up done.
    path("admin/done/<str:signed>/", admin.site.admin_view(done), name="done"),
    # How the public sees a record, or would see it.
    path("admin/preview/<str:model>/<int:pk>/", admin.site.admin_view(preview), name="preview"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("api/public/v1/", include("portal.urls")),
    path("embed/", include("portal.embed")),
    path("files/<str:model>/<int:pk>/<str:field>/", downloads.file, name="file"),
    path("files/<str:model>/<int:pk>/<str:field>/<int:version>/", downloads.former_file, name="former-file"),
    # Programs fetch it without signing in: the key is all that they have.
    path("calendar/<slug:key>.ics", calendar_feed, name="calendar-feed"),
    path("health/", health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
]
