from virtsdk import xml

TEXT = """<domain zz='1' xmlns:f='urn:f'>
  <name new='yes'>web1</name>
  <f:thing a='1'><inner/></f:thing>
  <devices>
    <disk/>
    <disk odd='2'><target dev='vda'/><strange/>words</disk>
  </devices>
</domain>"""


def test_extras_are_listed_by_their_path():
    assert [(extra.path, extra.kind, extra.name) for extra in xml.extras(xml.parse(TEXT))] == [
        ("", "attribute", "zz"),
        ("", "element", "{urn:f}thing"),
        ("name", "attribute", "new"),
        ("devices.disks[1]", "attribute", "odd"),
        ("devices.disks[1]", "element", "strange"),
        ("devices.disks[1]", "text", ""),
    ]


def test_an_extra_carries_its_value():
    first, thing, *_, words = xml.extras(xml.parse(TEXT))
    assert first.value == "1"
    assert thing.value == '<f:thing xmlns:f="urn:f" a="1"><inner/></f:thing>'
    assert words.value == "words"


def test_clearing_extras_drops_them():
    domain = xml.parse(TEXT)
    domain.extras = None
    domain.devices.disks[1].extras = None
    assert xml.extras(domain) == []
    assert "strange" not in xml.render(domain)


def test_a_document_that_the_schema_knows_has_none():
    assert xml.extras(xml.parse("<domain><name>a</name><metadata><x/></metadata></domain>")) == []
