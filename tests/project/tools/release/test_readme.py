"""README on the package's page: nothing leads to a file that is not there, and nothing else is lost."""

import re
from pathlib import Path

import pytest

from tools.release.readme import published

ROOT = Path(__file__).resolve().parents[4]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RELATIVE = re.compile(r'\]\((?!https://)|(?:src|srcset)="(?!https://)')


@pytest.mark.parametrize("source", [None, "https://example.org/some/virtsdk"])
def test_no_link_is_of_the_checkout(source):
    assert RELATIVE.search(README)
    said = published(README, source=source, version="1.0")
    assert not RELATIVE.search(said)
    assert "[libvirt](https://libvirt.org)" in said
    assert re.findall(r"```.*?```", said, re.DOTALL) == re.findall(r"```.*?```", README, re.DOTALL)


def test_without_a_repository_the_words_stay_and_pictures_go():
    said = published(README, source=None, version="1.0")
    assert "<picture>" not in said and "docs/pictures" not in said
    assert "([installing](docs/install.md))" in README and "(installing)" in said


def test_links_lead_to_the_files_of_the_version():
    said = published(README, source="https://example.org/some/virtsdk/", version="1.0")
    assert "(https://example.org/some/virtsdk/blob/v1.0/docs/install.md)" in said
    links = re.findall(r"https://example.org/some/virtsdk/(?:raw|blob)/v1.0/([^\")]+)", said)
    assert len(links) > 10 and [one for one in links if not (ROOT / one).exists()] == []
