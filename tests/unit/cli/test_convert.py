"""`virtsdk convert`: XML to JSON and back; what would be lost, or told, is said first."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from virtsdk import cli, xml

GUEST = """<domain type='kvm'>
  <!-- made by hand -->
  <name>web1</name>
  <metadata><a:x xmlns:a="urn:a"><!-- kept --></a:x></metadata>
  <os><type>hvm</type></os>
  <devices>
    <novel/>
    <graphics type='vnc'{}/>
  </devices>
</domain>
"""
PLAIN = GUEST.format("").replace("  <!-- made by hand -->\n", "")
SECRET = PLAIN.replace("'vnc'", "'vnc' passwd='hush-hush'")
FREE = PLAIN.replace("<!-- kept -->", "<password>hush-hush</password>")
STRAY = PLAIN.replace("<novel/>", "<novel token='hush-hush'/>").replace("'kvm'", "'kvm' apiKey='hush-hush'")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def converted(capsys, *arguments):
    status = cli.main(["convert", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_there_and_back_is_the_same_document(capsys):
    Path("a.xml").write_text(PLAIN)
    status, out, err = converted(capsys, "a.xml")
    assert (status, err) == (0, "")
    assert json.loads(out) == xml.to_dict(xml.parse(PLAIN))
    Path("a.json").write_text(out)
    assert converted(capsys, "a.json") == (0, xml.render(xml.parse(PLAIN)) + "\n", "")


def test_the_same_form_is_written_anew(capsys):
    Path("a.xml").write_text(PLAIN)
    assert converted(capsys, "a.xml", "--to", "xml")[1] == xml.render(xml.parse(PLAIN)) + "\n"
    Path("a.json").write_text(converted(capsys, "a.xml")[1])
    assert converted(capsys, "a.json", "--to", "json")[1] == Path("a.json").read_text()


def test_the_standard_input_and_an_output(capsys, monkeypatch):
    data = b"\xef\xbb\xbf\n" + converted_bytes(PLAIN)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert converted(capsys, "-", "--output", "out.xml") == (0, "", "")
    assert Path("out.xml").read_text() == xml.render(xml.parse(PLAIN)) + "\n"


def converted_bytes(text):
    return json.dumps(xml.to_dict(xml.parse(text))).encode()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({}, "1 comment (what is in <metadata> is kept)"),
        (
            {"<os>": "<?ours a='1'?><os><!-- x --><?ours?>", "</domain>": "</domain><?end?>"},
            "2 comments, 3 processing instructions (what is in <metadata> is kept)",
        ),
        (
            {"<!-- made by hand -->": "<?ours?>", "<!-- kept -->": "<!-- kept --><?kept?>"},
            "1 processing instruction (what is in <metadata> is kept)",
        ),
        (
            {"<!-- made by hand -->": "", "<domain": "<?xml version='1.0'?><!DOCTYPE domain><domain"},
            "1 document type declaration",
        ),
    ],
)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_what_no_model_keeps_is_counted_as_what_it_is(extra, said, form, capsys):
    text = GUEST.format("")
    for before, after in extra.items():
        text = text.replace(before, after)
    Path("a.xml").write_text(text)
    status, out, err = converted(capsys, "a.xml", "--to", form)
    assert status == 0 and "web1" in out and "kept" in out
    assert err == f"virtsdk: left out of a.xml: {said}\n"


QEMU = """<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>web1</name>
  <os><type>exe</type>{}</os>
  <qemu:commandline>{}</qemu:commandline>
</domain>
"""


def command_line(arguments=(), variables=(), initargs=()):
    told = "".join(f"<qemu:arg value='{one}'/>" for one in arguments)
    told += "".join(f"<qemu:env name='{name}' value='{value}'/>" for name, value in variables)
    return QEMU.format("".join(f"<initarg>{one}</initarg>" for one in initargs), told)


@pytest.mark.parametrize(
    ("before", "kept", "named"),
    [
        (["-object", "secret,id=s0,data=hush", "-S"], ["-S"], "args[0] (-object), qemu_commandline.args[1]"),
        (["-S", "--object", '{"qom-type":"secret","data":"hush"}'], ["-S"], "args[1] (--object)"),
        (["-object=secret,id=s0,data=hush", "-S"], ["-S"], "args[0] (-object)"),
        (["-object secret,id=s0,data=hush", "-S"], ["-S"], "args[0] (-object)"),
        (["-fw_cfg", "name=opt/org.x/password,string=hush"], [], "args[0] (-fw_cfg)"),
        (["-fw_cfg", "name=opt/org.x/plain,string=fine"], None, ""),
        (["-fw_cfg", "name=opt/org.x/password,file=/run/it"], None, ""),
        (["-drive", "file=/x,password-secret=hush", "-S"], ["-S"], "args[0] (-drive)"),
        (["--password", "hush", "web"], ["web"], "args[0] (--password)"),
        (["-S", "https://ana:hush@host/x"], ["-S"], "args[1]"),
        (["-nographic", "-object", "secret,id=s0,file=/run/it", "-usb"], None, ""),
        (["-object", "secret,data=hush", "-object", "secret,data=hush"], [], "args[2] (-object)"),
    ],
)
def test_a_secret_of_a_command_line_goes_with_its_option(before, kept, named, capsys):
    Path("a.xml").write_text(command_line(before))
    status, out, err = converted(capsys, "a.xml", "--to", "xml", "--secrets", "drop")
    line = xml.parse(out).qemu_commandline
    assert status == 0 and "hush" not in out + err
    assert [one.value for one in line.args] == (before if kept is None else kept)
    assert named in err and (err == "") == (kept is None)


def test_what_is_named_is_dropped_with_its_name_and_every_one_is_told(capsys):
    variables = [(f"V{n}", "hush") for n in range(12)]
    Path("a.xml").write_text(command_line(["-S"], variables, ["run", "--token", "hush", "fast"]))
    status, out, err = converted(capsys, "a.xml", "--to", "xml", "--secrets", "drop")
    guest = xml.parse(out)
    assert status == 0 and "hush" not in out + err
    assert guest.qemu_commandline.envs == [] and guest.os.initargs == ["run", "fast"]
    told = [f"qemu_commandline.envs[{n}] (V{n})" for n in range(12)]
    assert err == f"virtsdk: left out of a.xml: os.initargs[1] (--token), os.initargs[2], {', '.join(told)}\n"
    assert converted(capsys, "a.xml", "--secrets", "refuse")[0] == 1
    assert converted(capsys, "a.xml", "--secrets", "keep")[1].count("hush") == 13


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (SECRET, ["devices.graphics[0].passwd"]),
        (FREE, ["metadata.content"]),
        (STRAY, ["$extras.attributes.apiKey", "devices.$extras.content"]),
    ],
)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_secret_is_refused_kept_or_left_out_and_never_masked(text, places, form, capsys):
    Path("a").write_bytes(text.encode() if form == "xml" else converted_bytes(text))
    status, out, err = converted(capsys, "a")
    assert (status, out) == (1, "")
    assert all(place in err for place in places) and "--secrets keep" in err
    assert "hush" not in err and err.count("\n") == 1
    status, kept, err = converted(capsys, "a", "--secrets", "keep")
    assert (status, err) == (0, "") and kept.count("hush-hush") == text.count("hush-hush")
    status, without, err = converted(capsys, "a", "--secrets", "drop")
    assert status == 0 and "hush" not in without + err and "***" not in without
    assert all(place in err for place in places)
    assert "web1" in without and "vnc" in without


def test_a_file_with_secrets_is_its_owners_alone(capsys):
    Path("a.xml").write_text(SECRET)
    Path("b.xml").write_text(PLAIN)
    Path("out.json").write_text("before")
    before = os.umask(0o022)
    try:
        assert converted(capsys, "a.xml", "-o", "out.json", "--secrets", "keep")[0] == 0
        assert converted(capsys, "b.xml", "-o", "plain.json")[0] == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path("out.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(Path("plain.json").stat().st_mode) == 0o644


def test_what_cannot_be_read_leaves_the_output_as_it_was(capsys):
    Path("out.xml").write_text("before")
    Path("a.json").write_text('{"$model": "DomainDef", "nam": "web1"}')
    assert converted(capsys, "a.json", "-o", "out.xml")[0] == 1
    assert sorted(one.name for one in Path().iterdir()) == ["a.json", "out.xml"]
    assert Path("out.xml").read_text() == "before"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not well-formed XML"),
        (b"\x7fELF\x00\x01", "not well-formed XML"),
        (b"<nonsense/>", "no libvirt document or device begins with <nonsense>"),
        (b"{", "not JSON: "),
        (b'{"a": "\xff"}', "not JSON in UTF-8"),
        (b"[1]", "a document must be an object, not a list"),
        (b'{"name": "a", "name": "b"}', "the key 'name' is there twice"),
        (b'{"name": "a"}', "$model is missing"),
        (b"[" * 100_000, "nests too deeply"),
        (b'{"$model": "DomainDef", "vcpu": {"value": 1' + b"0" * 9999 + b"}}", "a.in: "),
        (b'{"$model": "DomainDef", "name": "\\u0001"}', "a.in: "),
        (b'{"$model": "Disk", "type": "a", "$extras": {"attributes": {"type": "b"}}}', "redefined"),
        (b'{"$model": "DomainDef", "$extras": {"content": [{"xml": "</domain>"}]}}', "a.in: "),
    ],
)
def test_what_is_no_document_is_said_in_a_line(content, said, capsys):
    Path("a.in").write_bytes(content)
    status, out, err = converted(capsys, "a.in")
    assert (status, out) == (1, "")
    assert err.startswith("virtsdk: a.in: ") and said in err
    assert err.count("\n") == 1 and len(err) < 400


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("absent", "No such file"),
        (".", "Is a directory"),
        ("/dev/zero", "larger than any document"),
    ],
)
def test_what_cannot_be_read_is_said(file, said, capsys):
    for command in (["convert", file], ["diff", file, file], ["validate", file]):
        status = cli.main(command)
        output = capsys.readouterr()
        assert status == (2 if command[0] == "diff" else 1)
        assert said in output.out + output.err


def test_a_file_is_shown_as_it_was_given(capsys):
    for name in ("http://x/y", ".//a/../b.xml"):
        status, _, err = converted(capsys, name)
        assert (status, err) == (1, f"virtsdk: {name}: No such file or directory\n")
    Path("a.xml").write_text(PLAIN)
    assert converted(capsys, "a.xml", "-o", "http://x/y")[2].startswith("virtsdk: cannot write http://x/y: ")


def test_an_output_that_cannot_be_written_is_said(capsys):
    Path("a.xml").write_text(PLAIN)
    status, out, err = converted(capsys, "a.xml", "-o", "none/b.json")
    assert (status, out) == (
        1,
        "",
    ) and err == "virtsdk: cannot write none/b.json: No such file or directory\n"
    assert converted(capsys, "a.xml", "-o", ".")[0] == 1
    assert converted(capsys, "a.xml", "-o", "/dev/null")[0] == 0


def test_the_standard_input_is_read_once(capsys):
    for command in (["diff", "-", "-"], ["validate", "-", "-"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(command)
        assert ended.value.code == 2
        assert "the standard input is read once" in capsys.readouterr().err


def test_a_closed_standard_input_is_said(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert converted(capsys, "-") == (1, "", "virtsdk: the standard input: cannot be read: it is closed\n")
