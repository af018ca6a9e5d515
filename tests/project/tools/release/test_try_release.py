"""What is tried on a fresh Debian, and in which order."""

import pytest

from tools.release import try_release
from tools.release.machine import Failed


@pytest.mark.parametrize("wheels", [[], ["virtsdk-1-py3-none-any.whl", "virtsdk-2-py3-none-any.whl"]])
def test_which_wheel_is_tried_is_no_guess(wheels, tmp_path, monkeypatch):
    (tmp_path / "dist").mkdir()
    for name in wheels:
        (tmp_path / "dist" / name).touch()
    monkeypatch.setattr(try_release, "ROOT", tmp_path)
    with pytest.raises(Failed, match=f"dist/ holds {len(wheels)} wheels"):
        try_release.the_wheel()


class Recorded:
    """A machine that only takes down what it is asked to do."""

    def __init__(self, root):
        self.root, self.folder, self.environment, self.asked = root, "/", {}, []

    def install(self, release, packages):
        self.asked.append(f"install {release}: {' '.join(packages)}")

    def put(self, path, folder):
        return f"{folder.rstrip('/')}/{path.name}"

    def run(self, what, script, *, offline=False, quiet=True):
        self.asked.append(f"{'offline ' if offline else ''}{script}")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/virtsdk-1-py3-none-any.whl").touch()
    monkeypatch.setattr(try_release, "ROOT", tmp_path)
    return Recorded(tmp_path / "root")


def test_the_core_is_tried_offline_before_there_is_a_compiler_or_libvirt(machine):
    try_release.try_wheel(machine, "bookworm")
    assert machine.asked[0] == "install bookworm: python3 python3-venv ca-certificates"
    core = next(number for number, one in enumerate(machine.asked) if "core.py" in one)
    assert machine.asked[core].startswith("offline ")
    assert not [one for one in machine.asked[: core + 1] if "libvirt" in one or "apt-get" in one]
    assert [one for one in machine.asked[core:] if "virtsdk-1-py3-none-any.whl[all]" in one]
    assert "virtsdk demo" in machine.asked[-2]


def test_the_dockerfile_is_carried_out_to_its_command(machine):
    try_release.try_image(machine, "trixie")
    assert machine.environment["WHEEL"] == "/tmp/virtsdk-*.whl"
    assert machine.environment["PATH"].startswith("/opt/virtsdk/bin:")
    assert machine.folder == "/out"
    assert machine.asked[-1] == "offline exec virtsdk demo --output /out/first_look.html"
    with pytest.raises(Failed, match="begins with debian:trixie-slim, not with debian:bookworm-slim"):
        try_release.try_image(machine, "bookworm")
