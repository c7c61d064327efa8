"""The ``app`` that gunicorn imports; nothing else."""

from passport_service.app import create_app
from passport_service.config import load_settings

app = create_app(load_settings())
