"""Addresses of the desk's pages. They stand under the admin's, whose first page is the officer's day."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path

from desk import access, feed_views, forecast_views, views

app_name = "desk"


def staff(address: str, view: Callable[..., Any], name: str) -> Any:
    """For members of staff who are signed in."""
    return path(address, admin.site.admin_view(view), name=name)


urlpatterns = [
    staff("", views.home, "home"),
    staff("search/", views.search_page, "search"),
    staff("search/hits/", views.hits, "hits"),
    staff("your-office/", views.office, "office"),
    staff("your-account/", views.account, "account"),
    staff("your-access/", access.access, "access"),
    staff("contact-note/", views.contact_note, "contact_note"),
    staff("forecast/", forecast_views.forecast_page, "forecast"),
    staff("forecast/<slug:kind>/", forecast_views.forecast_file, "forecast_file"),
    staff("calendar-subscription/", feed_views.subscription, "subscription"),
    staff("viewpoint/", views.viewpoint, "viewpoint"),
    staff("follow-ups/<int:pk>/complete/", views.complete, "complete"),
    staff("follow-ups/<int:pk>/reopen/", views.reopen, "reopen"),
    staff("follow-ups/<int:pk>/postpone/", views.postpone, "postpone"),
]
