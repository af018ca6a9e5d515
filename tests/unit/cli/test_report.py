"""`virtsdk report`: the sentence, the page, and a stated answer for what is no recording or too little."""

from __future__ import annotations

import json

import pytest

import virtsdk
from tests.unit.history.recordings import sample, write
from virtsdk import capacity, cli


def reported(capsys, *arguments):
    status = cli.main(["report", *map(str, arguments)])
    return status, capsys.readouterr()


def test_the_example_as_a_page(capsys, tmp_path):
    directory = virtsdk.example_recording().directory
    status, said = reported(capsys, directory, "--html", tmp_path / "page.html")
    lines = said.out.splitlines()
    assert status == 0, said.err
    assert "N+1" in lines[0] and "storage pool backup" in lines[0]
    page = (tmp_path / "page.html").read_text()
    assert lines[0][:40] in page
    assert lines[-1].startswith(f"{tmp_path / 'page.html'}: the page, ")


def test_a_policy_from_a_file_counts(capsys, tmp_path):
    directory = virtsdk.example_recording().directory
    file = tmp_path / "policy.yaml"
    file.write_text(capacity.Policy(vcpu_ratio=16).to_yaml())
    assert "the policy allows 16" in reported(capsys, directory, "--policy", file)[1].out


def test_a_preset_and_json(capsys, tmp_path):
    directory = virtsdk.example_recording().directory
    status, said = reported(capsys, directory, "--policy", "nova", "--json", "--html", tmp_path / "page.html")
    found = json.loads(said.out)
    assert status == 0 and (tmp_path / "page.html").exists()
    assert found["policy"]["name"] == "nova"
    assert "N+1" in found["sentence"]


@pytest.mark.parametrize("times", [[0], [0, 10, 20, 30]], ids=["one sample", "a minute"])
def test_little_data_is_a_stated_answer(times, capsys, tmp_path):
    write(tmp_path / "r", [sample(one) for one in times])
    status, said = reported(capsys, tmp_path / "r", "--html", tmp_path / "page.html")
    assert (status, "Traceback" in said.err) == (0, False), said.err
    assert "what runs out first cannot be said yet" in said.out
    assert (tmp_path / "page.html").exists()


def test_what_is_no_recording_or_no_policy_is_said(capsys, tmp_path):
    status, said = reported(capsys, tmp_path)
    assert (status, said.out) == (1, "")
    assert "is no recording" in said.err
    directory = virtsdk.example_recording().directory
    (tmp_path / "policy.yaml").write_text("vcpu_ratio: -1")
    status, said = reported(capsys, directory, "--policy", tmp_path / "policy.yaml")
    assert status == 1 and "vcpu_ratio" in said.err
    status, said = reported(capsys, directory, "--policy", tmp_path / "none.yaml")
    assert status == 1 and "none.yaml" in said.err


def test_a_page_that_cannot_be_written_is_said(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    write(tmp_path / "r", [sample(0)])
    status, said = reported(capsys, tmp_path / "r", "--html", tmp_path / "file" / "page.html")
    assert status == 1 and "cannot write the page" in said.err
