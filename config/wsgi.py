import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# All that is imported now stays as it is, and a list makes ten thousands of objects that go by themselves. To
# look through them for garbage again and again took a quarter of the time of a long list. The views are
# imported here, or they would come too late for this.
list(get_resolver().url_patterns)
gc.freeze()
gc.set_threshold(50_000, 10, 10)
