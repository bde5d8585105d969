#!/usr/bin/env python
"""Any command works by itself: it joins the engines or starts them, and migrates if needed."""

import os
import sys

from crm import boot

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    boot.run(sys.argv)
