"""``virtsdk exporter``: serves until it is told to stop; what is wrong ends it with 2."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.waiting import wait_with_samplers
from virtsdk import cli


def test_it_serves_the_hosts_of_a_file_as_it_is_until_it_is_told_to_stop(tmp_path):
    path = tmp_path / "hosts.toml"
    path.write_text("[hosts.kvm7]\nuri='test:///default'\n[hosts.kvm8]\nuri='test:///none'\n")
    command = [sys.executable, "-m", "virtsdk", "exporter", "b=test:///default"]
    words = ["--hosts", str(path), "--listen", "127.0.0.1:0"]
    with subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            assert "3 hosts: 2 up, 1 down" in line
            url = re.search(r"http://\S+/metrics", line)[0]
            pages = iter(lambda: urllib.request.urlopen(url, timeout=60).read().decode(), None)
            page = next(page for page in pages if page.count("virtsdk_host_up{") == 3)
            for host, up in (("kvm7", 1), ("kvm8", 0), ("b", 1)):
                assert f'virtsdk_host_up{{host="{host}"}} {up}.0' in page
            path.write_text("[hosts.kvm9]\nuri='test:///default'\n")  # read again at each scrape
            new = ('host_up{host="kvm9"} 1.0', 'host_up{host="b"} 1.0')
            page = next(page for page in pages if all(one in page for one in new))
            assert 'host_up{host="kvm7"}' not in page
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a host at least"),
        (["--hosts", "/none.toml"], "No such file"),
        (["test:///default", "--listen", "9177"], "an address and a port"),
        (["test:///default", "--listen", "a:99999"], "an address and a port"),
        (["qemu+tcp://ana:hunter2@127.0.0.1:1/system"], "has a password"),
        (["test:///default", "--timeout", "1MS"], "length of time"),
    ],
)
def test_a_wrong_argument_ends_with_2(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["exporter", *words])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert said in told
    assert "hunter2" not in told


def test_a_name_twice_is_refused(tmp_path, capsys):
    path = tmp_path / "hosts.toml"
    path.write_text("[hosts]\na='test:///default'\n")
    for command in (["exporter"], ["record", "-d", str(tmp_path / "r")]):
        with pytest.raises(SystemExit):
            cli.main([*command, "a=test:///default", "--hosts", str(path)])
        assert "'a' is in" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


def test_a_recording_of_a_hosts_file_has_its_names(tmp_path, monkeypatch):
    import virtsdk

    wait_with_samplers(monkeypatch)
    path = tmp_path / "hosts.toml"
    path.write_text("[hosts]\nkvm7='test:///default'\nkvm8='test:///default'\n")
    words = ["--hosts", str(path), "-d", str(tmp_path / "r"), "--interval", "0.1", "--duration", "0.4"]
    assert cli.main(["record", *words]) == 0
    assert set(virtsdk.open_recording(tmp_path / "r").frames("domains")["host"]) == {"kvm7", "kvm8"}
