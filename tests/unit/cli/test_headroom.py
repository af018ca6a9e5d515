"""`virtsdk headroom`: the answer first, of hosts or of a recording; who did not answer is said."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import sample, write
from virtsdk import capacity, cli

NODE = """<node>
  <cpu><nodes>1</nodes><sockets>1</sockets><cores>4</cores><threads>1</threads><active>4</active><mhz>1</mhz>
    <model>x</model></cpu>
  <memory>{}</memory>
  <domain type='test'><name>{}</name><memory unit='GiB'>1</memory><vcpu>2</vcpu>
    <os><type>hvm</type></os></domain>
</node>"""


RECORDED = "2026-11-16 23:58:55 UTC"


@pytest.fixture
def node(tmp_path):
    """Give the URI of a host of 4 CPUs and 4 GiB with a guest of a name."""

    def uri(name="web1", memory=4 * 2**20):
        path = tmp_path / "node.xml"
        path.write_text(NODE.format(memory, name))
        return f"test://{path}"

    return uri


def asked(capsys, *arguments):
    status = cli.main(["headroom", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_first_line_is_the_answer(node, capsys):
    status, out, err = asked(capsys, f"kvm7={node()}")
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0] == "1 host, 14 vCPUs and 2.5 GiB free"
    assert lines[2].split()[:4] == ["host", "guests", "vCPUs", "of"]
    assert lines[3].split()[:5] == ["kvm7", "1", "2", "16", "14"]


def test_the_policy_counts(node, capsys, tmp_path):
    assert asked(capsys, node(), "--policy", "conservative")[1].startswith("1 host, 2 vCPUs and ")
    (tmp_path / "rules.yaml").write_text("vcpu_ratio: 2")
    assert asked(capsys, node(), "--policy", tmp_path / "rules.yaml")[1].startswith("1 host, 6 vCPUs and ")
    status, out, err = asked(capsys, node(), "--policy", "novo")
    assert (status, out) == (1, "") and "presets: nova" in err and err.count("\n") == 1


def test_who_does_not_answer_is_said_and_hides_no_other(node, capsys):
    status, out, err = asked(capsys, f"kvm7={node()}", "kvm8=test:///none")
    assert status == 1
    assert out.startswith("1 host, 14 vCPUs and 2.5 GiB free; 1 host did not answer\n")
    assert err.startswith("virtsdk: kvm8 is not in it: ") and err.count("\n") == 1


def test_where_nobody_answers_there_is_no_answer(capsys):
    status, out, err = asked(capsys, "kvm7=test:///none", "kvm8=test:///none")
    assert (status, out) == (1, "")
    assert err.startswith("virtsdk: no host answered: kvm7: ") and err.count("\n") == 1


def test_where_nobody_answers_json_says_who_is_missing(capsys):
    status, out, err = asked(capsys, "kvm7=test:///none", "--json", "--policy", "nova")
    found = json.loads(out)
    assert status == 1 and err.count("\n") == 1
    assert list(found) == ["sentence", "recorded", "policy", "hosts", "notes", "missing"]
    assert (found["hosts"], found["policy"]["name"], list(found["missing"])) == ([], "nova", ["kvm7"])


def test_where_nothing_is_known_of_any_host_it_is_no_answer(capsys, monkeypatch):
    directory, whole = virtsdk.example_recording().directory, capacity.headroom

    def unknown(hosts, domains, policy):
        return whole(hosts, domains.assign(vcpus=pd.NA, memory_bytes=pd.NA), policy)

    monkeypatch.setattr("virtsdk.cli.headroom.answer", unknown)
    status, out, err = asked(capsys, directory)
    assert status == 1 and "an unknown number of vCPUs" in out.splitlines()[0]
    assert err == "virtsdk: there is no answer: what may be promised is known of no host\n"


def test_a_hosts_file(node, capsys, tmp_path):
    (tmp_path / "hosts.toml").write_text(f"[hosts]\nkvm8 = '{node()}'\n")
    status, out, _ = asked(capsys, f"kvm7={node()}", "--hosts", tmp_path / "hosts.toml")
    assert status == 0 and out.startswith("2 hosts, 28 vCPUs and 5 GiB free\n")


def test_json_has_the_figures_of_the_report(node, capsys):
    status, out, _ = asked(capsys, f"kvm7={node()}", "kvm8=test:///none", "--json", "--policy", "nova")
    found = json.loads(out)
    assert status == 1
    assert found["sentence"] == "1 host, 14 vCPUs and 2.5 GiB free"
    assert (found["recorded"], found["policy"]["name"]) == (None, "nova")
    (row,) = found["hosts"]
    assert (row["host"], row["vcpus_headroom"], row["memory_headroom_bytes"]) == ("kvm7", 14, 2.5 * 2**30)
    assert list(found["missing"]) == ["kvm8"]


def test_of_a_recording_it_is_the_last_sample_and_says_of_when(capsys):
    recording = virtsdk.example_recording()
    status, out, err = asked(capsys, recording.directory)
    hosts, domains = recording.hosts, recording.stats().domains
    sentence = capacity.headroom(hosts, domains, capacity.Policy()).sentence
    assert (status, err) == (0, "")
    assert out.startswith(f"{sentence}, as recorded at 2026-11-16 23:58:55 UTC\n")
    assert (
        json.loads(asked(capsys, recording.directory, "--json")[1])["recorded"] == "2026-11-16 23:58:55 UTC"
    )


def test_one_sample_is_enough_and_none_is_said(capsys, tmp_path):
    write(tmp_path / "r", [sample(0)])
    assert asked(capsys, tmp_path / "r")[0] == 0
    status, out, err = asked(capsys, tmp_path)
    assert (status, out) == (1, "") and "is no recording" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a host at least"),
        (["nope"], "'nope' must be a URI of a host"),
        ([".", "test:///default"], "a recording stands alone: '.'"),
        ([".", "."], "a recording stands alone"),
        ([".", "--hosts", "hosts.toml"], "a recording stands alone"),
        (["test:///default", "--hosts", "/none.toml"], "No such file"),
        (["what://history"], "a path or a URL of fsspec"),
        (["test:///default", "--timeout", "soon"], "length of time"),
        (["qemu+tcp://ana:hunter2@127.0.0.1:1/system"], "has a password"),
    ],
)
def test_a_wrong_argument_ends_with_2(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["headroom", *words])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told and "hunter2" not in told
