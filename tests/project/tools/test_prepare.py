"""Set-up installs what is missing, or says exactly what to install and changes nothing."""

import pytest

from tools import prepare

DEBIAN = {"ID": "debian", "VERSION_ID": "13", "PRETTY_NAME": "Debian GNU/Linux 13 (trixie)"}
FEDORA = {"ID": "fedora", "PRETTY_NAME": "Fedora Linux 44"}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with packages missing, where a test that runs a command has to say so."""
    listing = tmp_path / "packages.txt"
    listing.write_text(
        "# comment\n"
        "python  python3     command:python3\n"
        "lab     qemu-nine   command:qemu-nine  file:/usr/lib/*/qemu-nine\n"
        "lab     libnine     user:libnine       # why\n"
        "browser netscape    command:netscape\n"
    )

    def forbidden(*command, **_):
        pytest.fail(f"ran {command}")

    monkeypatch.setattr(prepare, "PACKAGES", listing)
    monkeypatch.setattr(prepare, "run", forbidden)
    monkeypatch.setattr(prepare, "make_venv", forbidden)
    monkeypatch.setattr(prepare, "operating_system", lambda: DEBIAN)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    return monkeypatch


def test_without_root_one_command_to_copy(machine, capsys):
    assert prepare.main(["python", "lab"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "    apt-get update && apt-get install --no-install-recommends qemu-nine libnine\n" in said.err
    assert "netscape" not in said.err  # a stage that was not asked for
    assert "python3" not in said.err  # there already


def test_off_debian_names_what_to_look_for(machine, capsys):
    machine.setattr(prepare, "operating_system", lambda: FEDORA)
    machine.setattr("os.geteuid", lambda: 0)
    assert prepare.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert "Fedora Linux 44" in said
    assert "qemu-nine" in said
    assert "command:qemu-nine or file:/usr/lib/*/qemu-nine" in said


def test_without_root_is_fine_where_all_is_there(machine):
    made = []
    machine.setattr(prepare, "make_venv", lambda: made.append(True))
    assert prepare.main(["python"]) == 0
    assert made


@pytest.mark.parametrize(("release", "there"), [("12", False), ("13", True), (None, True)])
def test_a_package_that_older_debian_lacks_is_asked_for_where_it_exists(machine, release, there):
    prepare.PACKAGES.write_text("lab libnine-split since:13 command:nine\n")
    system = {"ID": "debian"} | ({"VERSION_ID": release} if release else {})
    machine.setattr(prepare, "operating_system", lambda: system)
    assert [p.name for p in prepare.missing(["lab"])] == ["libnine-split"] * there


def test_an_old_python_stops_first(machine, capsys):
    machine.setattr("sys.version_info", (3, 9, 2))
    assert prepare.main(["python", "lab"]) == 1
    assert "Python 3.11 or newer" in capsys.readouterr().err


def test_root_on_debian_installs_only_what_is_missing(machine):
    ran = []
    machine.setattr("os.geteuid", lambda: 0)
    machine.setattr(prepare, "make_venv", lambda: None)
    machine.setattr(prepare, "run", lambda what, command: ran.append(command))
    assert prepare.main(["python", "lab"]) == 1  # apt-get did nothing here, and that is noticed
    update, install = ran
    assert update[:2] == ["apt-get", "update"]
    assert install[-2:] == ["qemu-nine", "libnine"]


def test_what_would_start_a_service_is_unpacked_and_not_installed(machine, tmp_path):
    prepare.PACKAGES.write_text("tests nine-server command:nine-server unpacked:usr/bin/nine-server\n")
    ran = []

    def run(what, command, folder=None):
        ran.append([str(one) for one in command])
        if command[1] == "download":
            (folder / "nine-server_1_all.deb").touch()
        if command[1] == "--extract":
            (tmp_path / "debian/usr/bin").mkdir(parents=True)
            (tmp_path / "debian/usr/bin/nine-server").touch()

    machine.setattr(prepare, "UNPACKED", tmp_path / "debian")
    machine.setattr(prepare, "run", run)
    machine.setattr(prepare, "make_venv", lambda: None)
    assert prepare.main(["tests"]) == 0  # without root
    assert [one[:3] for one in ran] == [["apt-get", "download", "-q"], ["dpkg-deb", "--extract", ran[1][2]]]
    assert ran[1][2].endswith("nine-server_1_all.deb") and ran[1][3] == str(tmp_path / "debian")
    assert prepare.main(["tests"]) == 0
    assert len(ran) == 2  # it is there


def test_a_failed_step_shows_its_output(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(prepare, "LOG", tmp_path / "logs" / "prepare.log")
    with pytest.raises(prepare.NotReady, match="E: no such package") as stop:
        prepare.run("apt-get install", ["sh", "-c", "echo 'E: no such package'; exit 100"])
    assert "apt-get install failed; all of its output:" in str(stop.value)


def test_a_venv_is_made_again_only_when_what_it_holds_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "VENV", tmp_path)
    monkeypatch.setattr(prepare, "STAMP", tmp_path / ".prepared")
    monkeypatch.setattr(prepare, "LOCK", tmp_path / "requirements.lock")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    prepare.LOCK.write_text("six==1.17.0")
    assert not prepare.venv_ready()
    prepare.STAMP.write_text(prepare.digest())
    assert prepare.venv_ready()
    prepare.LOCK.write_text("six==1.18.0")
    assert not prepare.venv_ready()


@pytest.fixture
def web(tmp_path, monkeypatch):
    """npm's packages of a lock file, not there yet; gives the commands that were run."""
    ran = []
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "LOG", tmp_path / ".tools/prepare.log")
    monkeypatch.setattr(prepare, "WEB", tmp_path)
    monkeypatch.setattr(prepare, "WEB_PACKAGES", tmp_path / "node_modules")
    monkeypatch.setattr(prepare, "WEB_STAMP", tmp_path / "node_modules/.prepared")
    monkeypatch.setattr(prepare, "run", lambda what, command: ran.append(command[3:]))
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package-lock.json").write_text("uplot 1")
    return ran


def test_npm_packages_are_installed_again_only_when_their_lock_changes(web, tmp_path):
    prepare.install_web()
    prepare.install_web()
    assert web == [["ci", "--prefix", tmp_path]]
    (tmp_path / "package-lock.json").write_text("uplot 2")
    prepare.install_web()
    assert len(web) == 2


def test_where_npm_fails_it_says_what_to_do(web, tmp_path, monkeypatch, capsys):
    def refused(what, command):
        raise prepare.NotReady("npm error code ECONNREFUSED")

    monkeypatch.setattr(prepare, "run", refused)
    monkeypatch.setattr(prepare, "install_packages", lambda stages: None)
    monkeypatch.setattr(prepare, "make_venv", lambda: None)
    assert prepare.main(["python"]) == 0  # nobody asked for it
    assert prepare.main(["python", "web"]) == 1
    said = capsys.readouterr().err
    assert "npm error code ECONNREFUSED" in said
    assert "npm config set registry ADDRESS" in said
    assert not prepare.web_ready()


@pytest.mark.parametrize("stage", ["python", "lab", "tests", "browser"])
def test_every_listed_sign_can_be_read(stage):
    packages = [p for p in prepare.read_packages() if p.stage == stage]
    assert packages
    for package in packages:
        assert package.signs
        for sign in package.signs:
            assert prepare.seen(sign) in {True, False}


@pytest.mark.parametrize(
    ("sign", "there"),
    [
        ("command:sh", True),
        ("command:no-such-program", False),
        ("file:/etc/pass*d", True),
        ("file:/no/such/file", False),
        ("header:Python.h", True),
        ("header:no-such.h", False),
        ("module:ensurepip", True),
        ("module:no_such_module", False),
        ("pkg:libvirt", True),
        ("pkg:no-such-library", False),
        ("user:root", True),
        ("user:nobody-at-all", False),
    ],
)
def test_a_sign_tells(sign, there):
    assert prepare.seen(sign) is there


def test_a_misspelt_sign_is_an_error():
    with pytest.raises(ValueError, match="comand:sh"):
        prepare.seen("comand:sh")
