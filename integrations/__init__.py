"""Plug-ins: each folder is one, and ``register(plugins)`` is its only line of contact."""
