"""The web server's door (ASGI, because live pages keep a connection open)."""

import os
import warnings

from django.conf import settings
from django.core.asgi import get_asgi_application

from crm import engines
from crm.bounded import Bounded
from crm.in_line import InLine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
os.environ.setdefault("BATON_POOL", "1")
engines.join()
# Style sheets and scripts come from whitenoise as plain iterators; they are small, and nobody can act on the warning.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
SPARE = 4  # connections for answers that have begun and still read, as exports do
application = Bounded(InLine(get_asgi_application(), max(1, settings.POOL_SIZE - SPARE)))
