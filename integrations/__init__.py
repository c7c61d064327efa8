"""Plug-ins. Each folder is one, and ``register(plugins)`` is its only line of contact
(passport_service.plugins).
"""
