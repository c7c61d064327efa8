"""The ``app`` that gunicorn imports, and the log of its process; nothing else."""

import sys

from passport_service import logs
from passport_service.app import DatabaseAway, create_app
from passport_service.config import SettingsError, load_settings
from passport_service.web_worker import AWAY

CANNOT_START = 3  # gunicorn then ends, and does not try again for ever

logs.begin()
try:
    app = create_app(load_settings())
except SettingsError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(AWAY if isinstance(error, DatabaseAway) else CANNOT_START)
