"""`make release` as a whole: what it refuses, and that dist/ is either the new release or as it was."""

import subprocess

import pytest

from tools.release import make as release
from tools.release import supply
from tools.release.build import Built, NotReady

CHANGELOG = "# Changelog\n\n## 1.2.0 (2030-01-02)\n\n- new\n\n## 1.1.0 (2029-12-31)\n"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A committed checkout of version 1.2.0, with the steps of a release done in no time."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "virtsdk"\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / ".gitignore").write_text("/dist/\n")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/virtsdk-1.1.0.tar.gz").write_text("old")
    (tmp_path / "dist/notes").write_text("somebody's")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all of it"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "DIST", tmp_path / "dist")
    monkeypatch.setattr(release, "version", lambda: "1.2.0")
    monkeypatch.setattr(release, "released", lambda: [("1.2.0", None)])
    monkeypatch.setattr(release, "build", lambda _, out: built(out))
    monkeypatch.setattr(release, "check_files", lambda _: None)
    monkeypatch.setattr(supply, "licences", list)
    monkeypatch.setattr(supply, "sbom", lambda _: "{}")
    monkeypatch.setattr(supply, "audit", lambda: supply.Audit(9, 0, []))
    return tmp_path


def built(out, content="new"):
    out.mkdir()
    found = Built(out / "virtsdk-1.2.0.tar.gz", out / "virtsdk-1.2.0-py3-none-any.whl")
    for path in found:
        path.write_text(content)
    return found


def in_dist(checkout):
    return sorted(path.name for path in (checkout / "dist").iterdir())


def test_dist_holds_the_release_and_no_older_one(checkout):
    assert release.main() == 0
    names = [
        f"virtsdk-1.2.0{rest}" for rest in ("-licences.csv", "-py3-none-any.whl", ".cdx.json", ".tar.gz")
    ]
    assert in_dist(checkout) == ["notes", *names]
    assert not list(checkout.glob("virtsdk-release-*"))


def stop(*_):
    raise NotReady("for a reason")


@pytest.mark.parametrize(
    ("module", "name"), [(release, "build"), (release, "check_files"), (supply, "licences"), (supply, "sbom")]
)
def test_a_step_that_fails_leaves_dist_as_it_was(checkout, monkeypatch, capsys, module, name):
    monkeypatch.setattr(module, name, stop)
    assert release.main() == 1
    assert "for a reason" in capsys.readouterr().err
    assert in_dist(checkout) == ["notes", "virtsdk-1.1.0.tar.gz"]
    assert not list(checkout.glob("virtsdk-release-*"))


def test_builds_that_differ_are_refused(checkout, monkeypatch, capsys):
    monkeypatch.setattr(release, "build", lambda _, out: built(out, content=out.name))
    assert release.main() == 1
    assert "two builds of the same commit differ" in capsys.readouterr().err


def test_what_is_not_committed_is_refused(checkout, capsys):
    (checkout / "CHANGELOG.md").write_text(CHANGELOG + "- and this\n")
    assert release.main() == 1
    assert "M CHANGELOG.md" in capsys.readouterr().err


def test_a_version_that_the_changelog_does_not_begin_with_is_refused(checkout, monkeypatch, capsys):
    monkeypatch.setattr(release, "version", lambda: "1.3.0")
    assert release.main() == 1
    assert "head its changes '## 1.3.0 (YYYY-MM-DD)'" in capsys.readouterr().err


def test_an_audit_can_be_insisted_on(checkout, monkeypatch, capsys):
    monkeypatch.setattr(supply, "audit", lambda: supply.Audit(0, 9, []))
    assert release.main() == 0
    assert "NOT AUDITED: no service answered for the 9 packages" in capsys.readouterr().out
    monkeypatch.setenv("AUDIT", "required")
    assert release.main() == 1


def test_a_wish_that_nobody_knows_is_refused(checkout, monkeypatch, capsys):
    monkeypatch.setenv("AUDIT", "yes")
    assert release.main() == 1
    assert "AUDIT must be 'required' or left out, not 'yes'" in capsys.readouterr().err


def test_twine_is_asked(tmp_path):
    with pytest.raises(NotReady, match="twine check failed"):
        release.check_files(built(tmp_path / "out"))
