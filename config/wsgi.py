import gc
import os

# Until all is imported nothing of it is garbage: to look for some takes a sixth of the start.
gc.disable()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import get_resolver  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# All that is imported now stays as it is, and a list makes ten thousands of objects that go by themselves. To
# look through them for garbage again and again took a quarter of the time of a long list. The views are
# imported here, or they would come too late for this.
list(get_resolver().url_patterns)
gc.freeze()
gc.enable()
gc.set_threshold(50_000, 10, 10)
