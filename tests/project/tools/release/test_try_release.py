"""What is tried on a fresh Debian, and in which order."""

import pytest

from tools.release import try_release
from tools.release.machine import Failed

WHEEL = "virtsdk-1-py3-none-any.whl"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1"\n')
    (tmp_path / "dist").mkdir()
    monkeypatch.setattr(try_release, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "wheels", [[], ["virtsdk-2-py3-none-any.whl"], [WHEEL, "virtsdk-2-py3-none-any.whl"]]
)
def test_which_wheel_is_tried_is_no_guess(checkout, wheels):
    for name in wheels:
        (checkout / "dist" / name).touch()
    with pytest.raises(Failed, match=f"the wheel of 1 and no other, not {', '.join(wheels) or 'none'}:"):
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
def machine(checkout):
    (checkout / "dist" / WHEEL).touch()
    return Recorded(checkout / "root")


def test_the_core_is_tried_offline_before_there_is_a_compiler_or_libvirt(machine):
    try_release.try_wheel(machine, "bookworm")
    assert machine.asked[0] == "install bookworm: python3 python3-venv ca-certificates"
    core = next(number for number, one in enumerate(machine.asked) if "core.py" in one)
    assert machine.asked[core].startswith("offline ")
    assert not [one for one in machine.asked[: core + 1] if "libvirt" in one or "apt-get" in one]
    assert [
        one for one in machine.asked[core:] if "pip install --find-links /wheels 'virtsdk[all]==1'" in one
    ]
    assert "virtsdk demo" in machine.asked[-2]


def test_the_dockerfile_is_carried_out_to_its_command(machine):
    try_release.try_image(machine, "trixie")
    assert machine.environment["WHEEL"] == "/tmp/virtsdk-*.whl"
    assert machine.environment["PATH"].startswith("/opt/virtsdk/bin:")
    assert machine.folder == "/out"
    assert machine.asked[-1] == "offline exec tini -- virtsdk demo --output /out/first_look.html"
    with pytest.raises(Failed, match="begins with debian:trixie-slim, not with debian:bookworm-slim"):
        try_release.try_image(machine, "bookworm")
