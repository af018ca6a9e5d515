"""The guest image is built from Debian's packages, once, on whatever state apt is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from virtsdk.errors import LabError
from virtsdk.lab.guest import image


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who never had a lab, on a machine where `apt-get update` never ran."""
    (tmp_path / "lists").mkdir()
    settings = [
        f'Dir::State::lists "{tmp_path}/lists";',
        'Dir::Cache::pkgcache "";',
        'Dir::Cache::srcpkgcache "";',
    ]
    (tmp_path / "apt.conf").write_text("\n".join(settings))
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_an_image_is_built_once_also_where_apt_has_no_lists(cold: Path) -> None:
    said: list[str] = []
    first = image.build(said.append)
    assert len(said) == 1
    assert all(path.stat().st_size > 0 for path in (first.kernel, first.initrd, first.disk))
    assert image.build(said.append) == first
    assert len(said) == 1
    assert [path.name for path in first.kernel.parents[1].iterdir() if path.is_dir()] == [
        first.kernel.parent.name
    ]
    assert not any((cold / "lists").iterdir())  # the system's lists are as they were


def test_a_machine_without_packages_is_told_what_to_do(cold: Path) -> None:
    if image.installed_kernels():
        pytest.skip("an installed kernel serves here")
    with (cold / "apt.conf").open("a") as settings:
        settings.write('\nDir::Etc::sourceparts "/nonexistent"; Dir::Etc::sourcelist "/nonexistent";')
    with pytest.raises(LabError, match=r"apt-get update.*linux-image-cloud-amd64"):
        image.build()
