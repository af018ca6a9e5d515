"""`virtsdk top`: on a screen, to a pipe, as JSON; the figures are those of the explorer."""

from __future__ import annotations

import builtins
import json
import re
import subprocess
import sys

import pytest

from tests.unit.cli.top.typed import typed
from virtsdk import cli

NAMES = [f"web{number}" for number in range(1, 31)]
QUICK = ("--interval", "0.2")


def written(capsys, *arguments):
    status = cli.main(["top", *map(str, arguments), *QUICK])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_person_orders_scrolls_filters_resizes_and_quits(uri):
    with typed("top", uri(*NAMES), "--sort", "name", *QUICK) as top:
        top.until(lambda top: top.column[:2] == ["web1", "web2"] and len(top.column) == 21)
        titles = next(line for line in top.said.split("\n") if "Name" in line)
        assert "\x1b[K" not in titles  # as wide as the screen: it would take the last character with it
        assert top.shows("1 host, 30 guests: 30 running") and top.shows("1 to 21 of 30")
        top.press("v")  # vCPUs, the largest first
        top.until(lambda top: top.column[:2] == ["web30", "web29"])
        top.press("r")
        top.until(lambda top: top.column[:2] == ["web1", "web2"])
        top.press("\x1b[B\x1b[B")
        top.until(lambda top: top.column[0] == "web3")
        top.press("\x1b[F")
        top.until(lambda top: top.column[-1] == "web30")
        top.press("/web7")
        top.until(lambda top: top.shows("filter: web7"))
        top.press("\r")
        top.until(lambda top: top.column == ["web7"])
        top.resize(40, 8)
        top.until(lambda top: len(top.screen) == 8 and max(map(len, top.screen)) <= 40)
        assert top.column == ["web7"] and top.shows("CPU")
        top.press("\x1b")
        top.until(lambda top: len(top.column) == 5)
        top.press("q")
        assert top.ended() == 0
        assert top.is_given_back


def test_no_name_reaches_the_terminal_as_more_than_text(uri):
    with typed("top", uri("a\x9b31mb", "c\u202ed", "日本語" * 30), columns=60, NO_COLOR="1") as top:
        top.until(lambda top: len(top.column) == 3)
        top.press("q")
        top.ended()
        assert "\x9b" not in top.said and "\u202e" not in top.said
        assert top.shows("a\\x9b31mb") and top.shows("c\\u202ed")
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", top.said)  # a colour


def test_a_pipe_gets_one_table_with_all_columns_and_whole_names(uri, capsys):
    long = "n" * 100
    status, out, err = written(capsys, uri("web1", long))
    head, _, titles, *rows = out.splitlines()
    assert (status, err) == (0, "")
    assert head.startswith("1 host, 2 guests: 2 running  ")
    assert titles.split() == ["Name", "State", "CPU▼", "Memory", "Disk", "Network", "Steal", "vCPUs"]
    assert {row.split()[0] for row in rows} == {"web1", long}
    assert "\x1b" not in out


def test_a_host_without_guests_is_an_empty_table(uri, capsys):
    assert written(capsys, uri(), "--once")[1].startswith("1 host, 0 guests")


def test_so_many_tables_as_are_asked_for(uri, capsys):
    assert written(capsys, uri("web1"), "--count", "3")[1].count("1 host, 1 guest: 1 running") == 3
    assert written(capsys, uri("web1"), "--once")[1].count("1 host, 1 guest: 1 running") == 1


def test_order_and_filter_are_arguments_too(uri, capsys):
    host = uri("a", "b", "c")
    assert _names(written(capsys, host, "--sort", "name")[1]) == ["a", "b", "c"]
    assert _names(written(capsys, host, "--sort", "mem")[1]) == ["c", "b", "a"]
    assert _names(written(capsys, host, "--sort", "mem", "--reverse")[1]) == ["a", "b", "c"]
    assert _names(written(capsys, host, "--filter", "mem>100MiB", "--sort", "name")[1]) == ["b", "c"]


def _names(out):
    return [line.split()[0] for line in out.splitlines()[3:]]


def test_json_has_the_columns_of_the_explorer_a_line_a_beat(uri, capsys):
    from virtsdk.tables.columns import FIGURES

    status, out, _ = written(capsys, uri("b", "a\x9b"), "--json", "--count", "2", "--sort", "name")
    first, second = map(json.loads, out.splitlines())
    assert status == 0 and out.isascii()
    assert first["time"] < second["time"]
    assert [one["up"] for one in first["hosts"]] == [True]
    assert [one["vcpus"] for one in second["guests"]] == [2, 1]
    assert {"host", "domain", "name", "state", "memory_bytes", *FIGURES} <= second["guests"][0].keys()
    assert "key" not in second["guests"][0]


def test_a_host_that_does_not_answer_is_said_and_hides_no_other(uri, capsys):
    hosts = (f"kvm7={uri('web1')}", "kvm8=test:///none")
    status, out, err = written(capsys, *hosts)
    assert status == 1
    assert out.startswith("1 of 2 hosts, 1 guest: 1 running") and "kvm7" in out
    assert err.startswith("virtsdk: kvm8 did not answer: cannot open test:///none") and err.count("\n") == 1
    status, out, _ = written(capsys, *hosts, "--json", "--once")
    down = json.loads(out)["hosts"][1]
    assert (status, down["host"], down["up"]) == (1, "kvm8", False)
    assert "cannot open" in down["error"]


def test_without_rich_it_says_what_to_install_and_json_works(uri, capsys, monkeypatch):
    real = builtins.__import__

    def without(name, *given):
        if name.partition(".")[0] == "rich":
            raise ModuleNotFoundError("No module named 'rich'", name="rich")
        return real(name, *given)

    monkeypatch.setattr(builtins, "__import__", without)
    status, out, err = written(capsys, uri("web1"))
    assert (status, out) == (1, "")
    assert err == "virtsdk: virtsdk top needs rich: pip install 'virtsdk[terminal]'\n"
    assert written(capsys, uri("web1"), "--once", "--json")[0] == 0


def test_it_needs_neither_ipywidgets_nor_anywidget(uri):
    code = f"""
import sys
for name in ("ipywidgets", "anywidget", "IPython", "traitlets"):
    sys.modules[name] = None
from virtsdk import cli
sys.exit(cli.main(["top", {uri("web1")!r}, "--once", "--interval", "0.1"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "web1" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a host at least"),
        (["test:///default", "--filter", "cpu>lots"], "cpu must be compared with a percentage"),
        (["test:///default", "--sort", "weight"], "invalid choice: 'weight'"),
        (["test:///default", "--count", "0"], "a whole number from 1 on, not '0'"),
        (["test:///default", "--once", "--count", "2"], "not allowed with"),
        (["test:///default", "--interval", "0"], "a time above 0"),
    ],
)
def test_a_wrong_argument_ends_with_2(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["top", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_orders_are_the_columns_of_the_table():
    from virtsdk.cli.commands.top import SORTS
    from virtsdk.tables.columns import COLUMNS

    assert tuple(COLUMNS) == SORTS
