"""``python -m passport_service`` is the ``passport`` command, also where nothing was installed."""

from passport_service.cli import main

if __name__ == "__main__":
    main()
