"""``passport serve``: the site in one process, for the demo and for trying out; production runs gunicorn (Procfile)."""

import click
from waitress import serve

from passport_service.app import create_app
from passport_service.commands import settings_here


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def command(host: str, port: int) -> None:
    """Serve the site in this process."""
    settings = settings_here()
    app = create_app(settings)
    click.echo(f"http://{host}:{port}/")
    serve(
        app,
        host=host,
        port=port,
        threads=8,
        ident=None,
        max_request_body_size=settings.largest_body + 1,
    )
