"""Makes the database that the processes of the tests copy: every migration, once, where nothing measures it."""

import os

import django

TEMPLATE = "test_baton_template"


def main() -> None:
    from django.db import connection  # noqa: PLC0415 - after setup
    from django.test.utils import setup_databases  # noqa: PLC0415 - after setup

    connection.settings_dict["TEST"]["NAME"] = TEMPLATE
    setup_databases(verbosity=0, interactive=False, aliases={"default"})


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    main()
