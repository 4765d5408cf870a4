import gc
import os

# Until all is imported nothing of it is garbage: to look for some takes a sixth of the start.
gc.disable()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import get_resolver  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# All that is imported now stays as it is: to look through it for garbage again and again took a quarter of
# the time of a long list. The views are imported here, or they would come too late for this. What is left is
# small, so that it is looked through whole, and early: rows that hold each other, a megabyte of them after
# each page of fifty, else pile up through ten pages and more.
list(get_resolver().url_patterns)
gc.freeze()
gc.enable()
gc.set_threshold(10_000, 1, 1)
