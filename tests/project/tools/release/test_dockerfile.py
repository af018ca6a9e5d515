"""The Dockerfile, which cannot be built here, is read here; `make try-release` carries out its steps."""

import re
from pathlib import Path

import pytest

from tools.release import dockerfile, try_release
from virtsdk.lab.requirements import APT_PACKAGES

PACKAGING = Path(__file__).resolve().parents[4] / "packaging"


def test_the_image_installs_what_the_lab_and_the_binding_need():
    steps = dockerfile.read(PACKAGING / "Dockerfile")
    (installed,) = [step.text for step in steps if "apt-get install" in step.text]
    assert {*APT_PACKAGES, *try_release.HEADERS.split()} <= set(installed.split())


def test_the_image_is_of_a_release_that_a_stranger_can_repeat():
    steps = dockerfile.read(PACKAGING / "Dockerfile")
    assert re.fullmatch(r"debian:[a-z]+-slim", steps[0].text)
    assert steps[-1].word == "CMD"
    assert steps[-1].words[:2] == ["virtsdk", "demo"]
    assert {step.word for step in steps} == set(dockerfile.KNOWN)


def test_only_the_wheel_is_handed_to_the_builder_of_the_image():
    assert (PACKAGING / "Dockerfile.dockerignore").read_text().split() == ["*", "!dist/*.whl"]


def test_a_dockerfile_is_read_as_far_as_ours_goes(tmp_path):
    path = tmp_path / "Dockerfile"
    path.write_text('# why\nFROM debian\nENV A=b=c\nRUN one \\\n # not this\n && two\nCMD ["a", "b c"]\n')
    steps = dockerfile.read(path)
    assert steps[1].setting == ("A", "b=c")
    assert steps[2] == ("RUN", "one && two")
    assert steps[3].words == ["a", "b c"]
    path.write_text("FROM debian\nUSER nobody\n")
    with pytest.raises(ValueError, match="USER is none of FROM, RUN"):
        dockerfile.read(path)
