"""No password comes into a recording, wherever in a definition it stands; all the rest does."""

from __future__ import annotations

import pytest

from virtsdk import xml
from virtsdk.history.sampling.secrets import without_secrets


@pytest.mark.parametrize(
    "element",
    [
        "<graphics type='vnc' port='-1' passwd='hush'/>",
        '<graphics type="spice" passwd="hush" passwdValidTo="2026-01-01T00:00:00"/>',
        "<graphics\n type='vnc'\n passwd='hush'/>",
        "<qemu:arg value='secret,id=a,data=hush'/>",
        '<qemu:env name="VNC_PASSWORD" value="hush"/>',
    ],
)
def test_a_password_is_hidden(element: str) -> None:
    found = without_secrets(f"<domain>{element}<name>web1</name></domain>")
    assert "hush" not in found
    assert "***" in found and found.endswith("<name>web1</name></domain>")


def test_all_else_stays_as_it_is() -> None:
    text = """<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>web1</name>
<description>the password is in the vault</description><devices><disk type='network' device='disk'>
<source protocol='rbd' name='a/b'><auth username='ana'><secret type='ceph' usage='mine'/></auth></source>
<target dev='vda'/></disk></devices>
<qemu:commandline><qemu:arg value='-snapshot'/></qemu:commandline></domain>"""
    assert without_secrets(text) == text
    assert xml.parse(text).name == "web1"
