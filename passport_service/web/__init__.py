"""HTTP for people: one area a module, with its views and forms; who may see it stands on each view."""
