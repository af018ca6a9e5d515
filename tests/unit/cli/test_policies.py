"""``--policy``: a preset by its name, or a file; what is neither is said with its name."""

from __future__ import annotations

import pytest

from virtsdk import capacity
from virtsdk.capacity import presets
from virtsdk.cli import policies
from virtsdk.cli.policies import PolicyUnread, policy_of


def test_the_presets_are_those_of_the_policy():
    assert set(policies.PRESETS) == set(presets.PRESETS)


def test_a_name_is_a_preset_and_a_path_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nova").write_text("vcpu_ratio: 2")
    assert policy_of(None) == capacity.Policy()
    assert policy_of("nova") == capacity.Policy.preset("nova")
    assert policy_of("./nova") == capacity.Policy(vcpu_ratio=2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory (presets: nova, conservative"),
        (b"vcpu_ratio: -1", "vcpu_ratio must"),
        (b"\xff\xfe", "must be YAML in UTF-8"),
        (b"vcpu_ration: 2", "vcpu_ration"),
    ],
)
def test_what_is_no_policy_is_said_with_its_name(content, said, tmp_path):
    file = tmp_path / "rules.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PolicyUnread) as error:
        policy_of(str(file))
    assert str(file) in str(error.value) and said in str(error.value)


def test_a_directory_is_no_policy(tmp_path):
    with pytest.raises(PolicyUnread, match="Is a directory"):
        policy_of(str(tmp_path))
