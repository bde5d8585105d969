"""Every setting, from the environment; with none set, the embedded default that `make run` uses."""

import base64
import hashlib
import json
import os
import secrets
import zoneinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.templatetags.static import static
from psycopg.conninfo import conninfo_to_dict

from crm import engines

# Workers are many and cores few: a second thread of numpy's would wait for the first. It reads this when it loads,
# which some library does long before a text is encoded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# The rules of time zones are those of the pinned tzdata, the same on every machine; the machine's own may be years old.
zoneinfo.reset_tzpath(to=())

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = engines.data_dir()


def flag(name: str, *, default: bool) -> bool:
    """A yes or no from the environment: 1, true, yes, on."""
    return os.environ.get(name, str(default)).lower() in {"1", "true", "yes", "on"}


def words(name: str) -> list[str]:
    """A comma-separated list from the environment."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def kept_key(variable: str, name: str) -> str:
    """A key from the environment, else one made once and kept in DATA_DIR, readable by its owner only."""
    if key := os.environ.get(variable):
        return key
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    path = DATA_DIR / name
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text()


# Where it runs --------------------------------------------------------------------------------------------------

PRODUCTION = os.environ.get("BATON_ENV") == "production"
EMBEDDED = not os.environ.get("DATABASE_URL")
SANDBOX = EMBEDDED and not PRODUCTION and flag("BATON_SANDBOX", default=True)
DEBUG = flag("BATON_DEBUG", default=False) and not PRODUCTION
SECRET_KEY = kept_key("BATON_SECRET_KEY", "secret_key")
SECRET_KEY_FALLBACKS = words("BATON_OLD_SECRET_KEYS")

# Fernet keys for mailbox passwords, newest first; an older one still opens what it locked.
MAILBOX_KEYS = words("BATON_MAILBOX_KEYS") or [
    base64.urlsafe_b64encode(hashlib.sha256(kept_key("BATON_MAILBOX_SECRET", "mailbox_key").encode()).digest()).decode()
]
# What stays of an erased address is its hash under this key: whoever changes it loses every suppression.
SUPPRESSION_KEY = kept_key("BATON_SUPPRESSION_KEY", "suppression_key")

# Links in mail are made from this, never from the Host of a request.
_host = os.environ.get("HOST") or "127.0.0.1"
_seen_as = "127.0.0.1" if _host in ("0.0.0.0", "::") else _host  # noqa: S104 - compared, not bound
BASE_URL = (os.environ.get("BASE_URL") or f"http://{_seen_as}:{os.environ.get('PORT') or 8000}").rstrip("/")
_origin = urlsplit(BASE_URL)
HTTPS = _origin.scheme == "https"
ALLOWED_HOSTS = [_origin.hostname or "", *words("ALLOWED_HOSTS")]
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# The sandbox's two doors on loopback. Where the usual ones are taken, the first start notes others in DATA_DIR.
_ports = DATA_DIR / "sandbox_ports.json"
_doors = json.loads(_ports.read_text()) if _ports.exists() else {"smtp": 1025, "intake": 1026}
SANDBOX_SMTP_PORT = int(os.environ.get("SANDBOX_SMTP_PORT") or _doors["smtp"])
SANDBOX_INTAKE_PORT = int(os.environ.get("SANDBOX_INTAKE_PORT") or _doors["intake"])

# Apps -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "crm",
    "prospecting",
    "appointments",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "crm.admin_app.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "djangoql",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.middleware.ContentSecurity",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crm.reader.ReaderZone",
    "crm.coming_back.ComesBack",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.refusals.Refusals",
]

ROOT_URLCONF = "crm.urls"
ASGI_APPLICATION = "crm.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.context.page",
            ],
        },
    },
]

# Database and broker --------------------------------------------------------------------------------------------


POOL_SIZE = int(os.environ.get("BATON_POOL_SIZE") or 20)


def database(url: str) -> dict[str, Any]:
    """Django's settings for a libpq URL; what Django has no name for goes to libpq as it stands."""
    parts: dict[str, Any] = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    found: dict[str, Any] = {names[key]: str(parts.pop(key)) for key in names if key in parts}
    # Web processes share a pool; a command or a worker is one thread and holds one connection.
    if flag("BATON_POOL", default=False):
        parts["pool"] = {
            "min_size": 1,
            "max_size": POOL_SIZE,
            "timeout": 5,
            # Seconds after which the pool begins anew to connect: its pauses double, and would outlast the outage.
            "reconnect_timeout": 5,
        }
    # A connection that died with its server is found out before a page gets it.
    return {"ENGINE": "django.db.backends.postgresql", **found, "OPTIONS": parts, "CONN_HEALTH_CHECKS": True}


_engines = engines.locate(DATA_DIR)
DATABASES = {"default": database(os.environ.get("DATABASE_URL") or _engines.database_url)}
REDIS_URL = os.environ.get("REDIS_URL") or _engines.redis_url

# Celery ---------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# A task is gone from the broker once it is given out: one that is lost with its worker costs seconds, none is ever given
# out again, and nothing has to be acknowledged to a broker that went away meanwhile (which would end the worker).
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # of those that are acknowledged late: none
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# KiB at its highest: whoever has learnt a head, which takes 1.4 GB for a moment, gives way to a fresh process.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # however long it is away, it is waited for
# A page that nudges waits half a second at most for a broker that is away, two for one that is there and silent; the
# sweepers find the row anyway.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 1 if flag("BATON_POOL", default=False) else 10,
    "ack_emulation": False,
}
CELERY_TIMEZONE = "UTC"
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360

# Mail has hands of its own: threads, because an SMTP server may take minutes, and no page's work may wait for it.
CELERY_TASK_ROUTES = {"prospecting.tasks.send_due": {"queue": "mail"}}

# The whole schedule, by task name (a string: the bottom floor names no upper app). Every sweeper finds due rows in
# the database; an entry expires before the next one, so that a worker coming back is not met by a pile of them.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "worker lives": {"task": "crm.tasks.worker_lives", "schedule": 10.0, "options": {"expires": 10}},
    "send what is due": {"task": "prospecting.tasks.send_due", "schedule": 3.0, "options": {"expires": 3}},
    "plan who is due": {"task": "prospecting.tasks.plan_due", "schedule": 10.0, "options": {"expires": 10}},
    "settle what is uncertain": {"task": "prospecting.tasks.settle", "schedule": 15.0, "options": {"expires": 15}},
    "watch over mailboxes": {"task": "prospecting.tasks.watch_mailboxes", "schedule": 60.0, "options": {"expires": 60}},
    "count what was called": {"task": "prospecting.tasks.settle_calls", "schedule": 5.0, "options": {"expires": 5}},
    "enroll what was ordered": {"task": "prospecting.tasks.run_orders", "schedule": 15.0, "options": {"expires": 15}},
    "take in from the lists": {
        "task": "prospecting.tasks.take_intakes",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "wake who rested": {"task": "prospecting.tasks.wake_resting", "schedule": 300.0, "options": {"expires": 300}},
    "what closed work came down to": {
        "task": "prospecting.tasks.attribute_older",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "refresh the lists": {"task": "prospecting.tasks.refresh_lists", "schedule": 300.0, "options": {"expires": 300}},
    "what providers posted": {
        "task": "crm.tasks.handle_provider_posts",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "tell the webhooks": {"task": "crm.tasks.deliver_webhooks", "schedule": 3.0, "options": {"expires": 3}},
    "forget what was told": {"task": "crm.tasks.forget_deliveries", "schedule": 3600.0, "options": {"expires": 3600}},
    "unhandled mail": {"task": "crm.tasks.handle_unhandled", "schedule": 10.0, "options": {"expires": 10}},
    "remind": {"task": "appointments.tasks.send_reminders", "schedule": 15.0, "options": {"expires": 15}},
    "keep the agreed hours": {
        "task": "appointments.tasks.keep_wall_times",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "recover no-shows": {"task": "appointments.tasks.run_recoveries", "schedule": 15.0, "options": {"expires": 15}},
    "ask what came of it": {"task": "appointments.tasks.ask_outcomes", "schedule": 30.0, "options": {"expires": 30}},
    "settle round robin": {
        "task": "appointments.tasks.settle_credits",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "let pencils lapse": {"task": "appointments.tasks.lapse_pencils", "schedule": 30.0, "options": {"expires": 30}},
    "read hosts' calendars": {
        "task": "appointments.tasks.read_calendars",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "write hosts' calendars": {
        "task": "appointments.tasks.write_calendars",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "watch the clocks": {"task": "appointments.tasks.watch_clocks", "schedule": 15.0, "options": {"expires": 15}},
    "learn what was asked for": {"task": "appointments.tasks.learn", "schedule": 15.0, "options": {"expires": 15}},
    "learn by itself": {"task": "appointments.tasks.ask_to_learn", "schedule": 600.0, "options": {"expires": 600}},
    "ask the outside model": {"task": "appointments.tasks.ask_outside", "schedule": 5.0, "options": {"expires": 5}},
    "rules for titles": {"task": "crm.tasks.map_titles", "schedule": 15.0, "options": {"expires": 15}},
    "accounts that may be one": {"task": "crm.tasks.find_duplicates", "schedule": 86_400.0, "args": ["accounts"]},
    "people who may be one": {"task": "crm.tasks.find_duplicates", "schedule": 86_400.0, "args": ["contacts"]},
    "count the mailboxes": {"task": "crm.tasks.count_overdue", "schedule": 3600.0, "options": {"expires": 3600}},
    "waiting imports": {"task": "crm.tasks.run_waiting_imports", "schedule": 15.0, "options": {"expires": 15}},
}

# People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = ["crm.backends.Members"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "crm.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _origin.scheme
MFA_ADAPTER = "crm.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Baton"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# Mail -----------------------------------------------------------------------------------------------------------

# Django's own mail is internal mail of the product: one sender for every message.
EMAIL_BACKEND = "prospecting.services.sending.DjangoMail"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or f"baton@{_origin.hostname or 'localhost'}"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Inside addresses that outgoing connections (SMTP, IMAP, calendars, webhooks) may reach, as networks.
INSIDE_ADDRESSES = words("INSIDE_ADDRESSES") or (["127.0.0.0/8", "::1/128"] if SANDBOX else [])
# Name servers to ask about senders’ domains, as addresses; empty: those of this machine.
DNS_SERVERS = words("DNS_SERVERS")
DNS_SECONDS = 3.0
# A transactional provider's own addresses by region, and how old a signature of its posts may be.
MAILGUN_API = {
    "us": os.environ.get("MAILGUN_API_US") or "https://api.mailgun.net/v3",
    "eu": os.environ.get("MAILGUN_API_EU") or "https://api.eu.mailgun.net/v3",
}
PROVIDER_POST_SECONDS = min(86_400, int(os.environ.get("PROVIDER_POST_SECONDS") or 300))
# Mailboxes that sign in at their provider; offered where an operator registered this installation there.
_tenant = os.environ.get("MICROSOFT_TENANT") or "common"
OAUTH: dict[str, dict[str, str]] = {
    "google": {
        "client_id": os.environ.get("GOOGLE_CLIENT_ID", ""),
        "client_secret": os.environ.get("GOOGLE_CLIENT_SECRET", ""),
        "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
        "token": "https://oauth2.googleapis.com/token",
        "scope": "https://mail.google.com/",
    },
    "microsoft": {
        "client_id": os.environ.get("MICROSOFT_CLIENT_ID", ""),
        "client_secret": os.environ.get("MICROSOFT_CLIENT_SECRET", ""),
        "authorize": f"https://login.microsoftonline.com/{_tenant}/oauth2/v2.0/authorize",
        "token": f"https://login.microsoftonline.com/{_tenant}/oauth2/v2.0/token",
        "scope": "https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    },
}

# Browser --------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
# Unfold's pages evaluate Alpine expressions and carry inline styles; foreign text is plain text there.
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = PRODUCTION and HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION and HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION and HTTPS
SECURE_HSTS_PRELOAD = PRODUCTION and HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STATIC_URL = "/static/"
# Collected only for production; elsewhere files are served from where they are.
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or DATA_DIR / "static") if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Files at the top of the site: robots.txt.
WHITENOISE_ROOT = BASE_DIR / "static" / "root"
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or DATA_DIR / "media")

# Words and times ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "crm.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.api.authentication.Bearer",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crm.api.authentication.Policy"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crm.api.parsing.StrictJSON"],
    "DEFAULT_PAGINATION_CLASS": "crm.api.paging.ByKey",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "crm.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": os.environ.get("API_RATE_ANONYMOUS") or "60/min",
        "user": os.environ.get("API_RATE") or "1200/min",
    },
    "EXCEPTION_HANDLER": "crm.api.errors.answer",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Baton",
    "DESCRIPTION": "The same nouns and verbs as the pages. Lists come in pages by key; what is refused says why.",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["crm.api.authentication.Policy"],
    "ENUM_NAME_OVERRIDES": {
        "ReplyLabel": "prospecting.rules.labels.CHOICES",
        "EnrollmentState": "prospecting.models.Enrollment.State",
        "StageVisitState": "prospecting.models.StageVisit.State",
        "FlightState": "prospecting.models.touch.Flight",
        "VersionState": "prospecting.models.SegmentVersion.State",
        "ImportState": "crm.models.Import.State",
        "MailboxState": "crm.models.Mailbox.State",
        "MessageState": "crm.models.Message.State",
        "WorkItemState": "appointments.models.WorkItem.State",
        "MeetingState": "appointments.models.Meeting.State",
        "RecoveryState": "appointments.models.Recovery.State",
        "ReminderState": "appointments.models.Reminder.State",
        "RoleConfidence": [("certain", "Certain"), ("high", "High"), ("low", "Low")],
        "HintConfidence": [("high", "High"), ("low", "Low")],
        "SuppressionKind": "crm.models.Suppression.Kind",
        "PinKind": "prospecting.models.Pin.Kind",
        "ImportKind": "crm.models.imports.KINDS",
        "DuplicateKind": "crm.models.duplicates.KINDS",
        "ReminderKind": "appointments.models.Reminder.Kind",
        "StepChannel": "prospecting.models.Step.Channel",
        "CallChannel": "prospecting.models.Call.Channel",
        "DoneByHandChannel": [("call", "call"), ("social", "social")],
        "CallOutcome": "prospecting.rules.outcomes.CHOICES",
        "WorkItemOutcome": "appointments.models.WorkItem.Outcome",
        "AttributionCause": "prospecting.rules.attribution.CHOICES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True, "validatorUrl": None},
}
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Baton",
    "SITE_HEADER": "Baton",
    "SITE_SYMBOL": "swap_horiz",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("mark.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254)",
            "100": "oklch(93.2% .032 255)",
            "200": "oklch(88.2% .059 254)",
            "300": "oklch(80.9% .105 251)",
            "400": "oklch(70.7% .165 254)",
            "500": "oklch(58% .17 257)",
            "600": "oklch(50% .17 258)",
            "700": "oklch(44% .16 259)",
            "800": "oklch(38% .13 260)",
            "900": "oklch(33% .1 262)",
            "950": "oklch(25% .07 264)",
        },
    },
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "crm.admin_site.navigation"},
}

# Logs -----------------------------------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "crm.logs.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL") or "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "uvicorn": {"handlers": [], "level": "WARNING", "propagate": True},
        # aiosmtpd names peers and recipients.
        "mail.log": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        # Its messages carry the whole task; a traceback of ours says enough.
        "celery.worker.consumer": {"level": "CRITICAL"},
    },
}
