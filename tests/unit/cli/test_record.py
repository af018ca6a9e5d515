"""What the command calls the hosts that it records: the same whether they answer or not."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest

import virtsdk
from tests.waiting import wait_with_samplers
from virtsdk import cli
from virtsdk.cli.hosts import names_of

HERE = socket.gethostname()


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["qemu+ssh://ana@kvm7/system", "qemu+tls://kvm8:16514/system"], ["kvm7", "kvm8"]),
        (["qemu:///system"], [HERE]),
        (["qemu+unix:///system?socket=/run/a=b"], [HERE]),
        (["a=qemu+unix:///system?socket=/run/a"], ["a"]),
        (["test:///default", "qemu:///system"], ["test:///default", "qemu:///system"]),
        (["a=test:///default", "qemu:///system"], ["a", HERE]),
        (["kvm7=qemu+ssh://10.0.0.7/system", "qemu+ssh://kvm7/system"], ["kvm7", "qemu+ssh://kvm7/system"]),
        (["qemu+tcp://u:secret@a/system", "lxc+tcp://a/"], ["qemu+tcp://u@a/system", "lxc+tcp://a/"]),
    ],
    ids=str,
)
def test_a_host_is_called_as_its_uri_says(given, names):
    assert list(names_of(given)) == names


@pytest.mark.parametrize("given", [["test:///default"] * 2, ["a=test:///default", "a=qemu:///system"]])
def test_two_hosts_that_would_be_one_are_refused(given):
    with pytest.raises(ValueError, match="hosts must differ"):
        names_of(given)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["qemu+tls://kvm7/system?no_verify=1"], "no_verify"),
        (["qemu+ssh://[kvm7/system"], "no URI"),
        (["test:///default"] * 2, "hosts must differ"),
        (["test:///default", "--mode", "940"], "rights such as 640"),
        (["test:///default", "--interval", "1MS"], "length of time"),
        (["test:///default", "--include", "events,passwords"], "not 'passwords'"),
        (["test:///default", "--keep", "raw=1h"], "2 hours at the least"),
        (["test:///default", "--keep", "14d"], "not '14d'"),
    ],
)
def test_a_wrong_argument_ends_with_2_before_anything_is_written(words, said, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["record", *words, "--directory", str(tmp_path / "r")])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(("uri", "status"), [("test:///default", 0), ("test:///no-such-file.xml", 1)])
def test_a_recording_without_a_sample_did_not_work(uri, status, tmp_path, capsys, monkeypatch):
    wait_with_samplers(monkeypatch)
    directory = str(tmp_path / "r")
    assert cli.main(["record", uri, "-d", directory, "--interval", "0.1", "--duration", "0.3"]) == status
    assert ("nothing was recorded" in capsys.readouterr().err) == bool(status)


def test_a_directory_that_is_none_is_said_without_a_number(tmp_path, capsys):
    (tmp_path / "file").touch()
    for directory in (tmp_path / "file", tmp_path / "file" / "r"):
        assert cli.main(["record", "test:///default", "-d", str(directory), "--duration", "0.1"]) == 1
        assert capsys.readouterr().err == f"virtsdk: cannot make the recording {directory}: Not a directory\n"


def test_what_is_to_be_recorded_beside_figures_is_a_list_of_words(tmp_path, monkeypatch):
    wait_with_samplers(monkeypatch)
    directory = tmp_path / "r"
    words = ["--interval", "0.1", "--duration", "0.5"]
    words += ["--include", "definitions, events", "--keep", "raw=14d,5min=2y"]
    assert cli.main(["record", "test:///default", "-d", str(directory), *words]) == 0
    assert virtsdk.open_recording(directory).definitions()["name"].tolist() == ["test"]


def test_how_it_goes_is_an_object_a_line_until_it_is_told_to_end(tmp_path):
    directory = tmp_path / "r"
    words = ["a=test:///default", "-d", str(directory), "--interval", "0.1", "--flush", "0.1", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "virtsdk", "record", *words], stdout=subprocess.PIPE, text=True
    ) as recorder:
        lines = (json.loads(line) for line in recorder.stdout)
        try:
            seen = [next(lines), next(lines)]
            while not seen[-1]["samples"]:
                seen.append(next(lines))
        finally:
            recorder.terminate()
        *more, last = lines
    assert recorder.returncode == 0
    assert {one["state"] for one in [*seen, *more]} == {"recording"}
    assert (last["state"], last["directory"], last["error"]) == ("ended", str(directory), None)
    (row,) = last["hosts"]
    assert (row["host"], row["samples"], row["error"]) == ("a", last["samples"], None)
    assert row["samples"] > 0 and row["last"][10] == last["time"][10] == "T"


def test_what_no_library_takes_is_refused_at_once(capsys):
    for words in (["test:///\udcff", "-d", "r"], ["test:///default", "-d", "r\udcff"], ["", "-d", "r"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(["record", *words])
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert "it must be in UTF-8, not " in said or "it is empty; it must be a URI" in said
