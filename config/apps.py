from django.contrib.admin import apps


class SiteConfig(apps.AdminConfig):
    default_site = "config.admin.GoldenbookSite"
    # Or Django would take it for the configuration of this room.
    default = False
