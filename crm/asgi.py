"""The web server's door (ASGI, because live pages keep a connection open)."""

import os

from django.core.asgi import get_asgi_application

from crm import engines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
os.environ.setdefault("BATON_POOL", "1")
engines.join()
application = get_asgi_application()
