"""What the project leans on: each with its reason, all of it locked by hash, none of it tied to a place."""

import json
import re
import tomllib

import pytest

from tests.project.files import ROOT, kept_texts

LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]
# Written apart so that this file does not name what it looks for.
INDEX_HOSTS = [
    ".".join(parts)
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
]


def test_every_dependency_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text()
    tables = tomllib.loads(text)
    listed = [
        *tables["project"]["dependencies"],
        *(one for group in tables["dependency-groups"].values() for one in group),
    ]
    bare = [name for name in listed if not re.search(re.escape(f'"{name}"') + r",\s+# \S+ \S+", text)]

    assert not bare


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_versions_and_hashes_and_no_place(lock):
    text = (ROOT / lock).read_text()
    requirements = re.findall(r"^[a-z0-9][^\n]*==", text, re.MULTILINE)

    assert requirements
    assert "://" not in text
    assert "find-links" not in text
    assert len(re.findall(r"^[a-z0-9][^\n]*==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(
        requirements
    )


def test_every_dependency_is_locked():
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    wanted = {re.match(r"[a-z0-9.-]+", one)[0].replace(".", "-") for one in tables["project"]["dependencies"]}

    assert wanted <= {name.replace(".", "-") for name in locked}


def test_the_lock_of_the_pages_parts_names_no_place():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    parts = {name: part for name, part in lock["packages"].items() if name}

    assert parts
    assert all("resolved" not in part and part["integrity"] for part in parts.values())


def test_the_page_components_and_their_styles_are_of_one_release():
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]["govuk-frontend"]

    assert wanted == "6.3.0"  # what the macros of govuk-frontend-jinja 4.1 were made from
    assert re.search(r"^govuk-frontend-jinja==4\.1\.", (ROOT / "requirements.txt").read_text(), re.MULTILINE)


def test_no_kept_file_names_a_package_index():
    found = [(name, host) for name, text in kept_texts().items() for host in INDEX_HOSTS if host in text]

    assert not found
