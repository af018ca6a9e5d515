"""Order that means something is kept: rules and references of a network filter, the protocols of a rule."""

import copy
import pickle

import pytest
from lxml import etree
from xsdata.formats.dataclass.parsers import JsonParser, XmlParser
from xsdata.formats.dataclass.serializers import JsonSerializer, XmlSerializer

from tests.canonical import canonical
from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.models.common import Filterref
from virtsdk.models.domain import Disk
from virtsdk.models.nwfilter import NWFilterDef, NWFilterRule

FILTER = """<filter name='ssh-only' chain='root'><uuid>u</uuid>
<rule action='accept' direction='in'><tcp dstportstart='22'/></rule>
<filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.1'/></filterref>
<rule action='accept' direction='out' priority='100'/>
<filterref filter='drop-all'/>
<rule action='drop' direction='inout'><all/></rule></filter>"""


def written(model):
    return [child.tag for child in etree.fromstring(xml.render(model))]


@pytest.mark.parametrize("beyond", ["", "<zz/>", "text"])
@pytest.mark.parametrize("pretty", [True, False])
def test_rules_and_references_stay_in_their_order(beyond, pretty):
    text = FILTER.replace("<filterref filter='drop-all'/>", f"<filterref filter='drop-all'/>{beyond}")
    model = xml.parse(text)
    back = xml.render(model, pretty=pretty)
    assert canonical(etree.fromstring(back)) == canonical(etree.fromstring(text))
    assert [child.tag for child in etree.fromstring(back) if child.tag != "zz"] == [
        "uuid", "rule", "filterref", "rule", "filterref", "rule"
    ]  # fmt: skip
    assert xml.parse(back) == model
    if beyond == "<zz/>":
        assert [child.tag for child in etree.fromstring(back)].index("zz") == 5


@pytest.mark.parametrize(
    "through",
    [
        copy.deepcopy,
        lambda model: pickle.loads(pickle.dumps(model)),
        lambda model: JsonParser().from_string(JsonSerializer().render(model), NWFilterDef),
        lambda model: XmlParser().from_string(XmlSerializer().render(model), NWFilterDef),
        lambda model: xml.parse(xml.render(model)),
    ],
)
def test_every_form_keeps_the_order(through):
    model = xml.parse(FILTER)
    twin = through(model)
    assert twin == model
    assert twin.entries is not model.entries
    assert twin.entries[1] is not model.entries[1]
    twin.entries.reverse()
    assert twin != model


def test_a_filter_is_made_of_entries_or_of_its_views():
    rule, reference = NWFilterRule(action="drop", direction="in"), Filterref(filter="x")
    assert written(NWFilterDef(entries=[rule, reference])) == ["rule", "filterref"]
    assert written(NWFilterDef(entries=[reference, rule])) == ["filterref", "rule"]
    assert written(NWFilterDef(rules=[rule], filterrefs=[reference])) == ["filterref", "rule"]
    assert written(NWFilterDef(rules=[rule])) == ["rule"]


def test_what_is_no_entry_is_refused_with_its_path():
    with pytest.raises(
        TypeError, match=r"NWFilterDef.entries\[1\] must be Filterref or NWFilterRule, not Disk"
    ):
        NWFilterDef(entries=[Filterref(), Disk()])
    model = xml.parse(FILTER)
    model.entries.insert(2, "x")
    with pytest.raises(
        TypeError, match=r"NWFilterDef.entries\[2\] must be Filterref or NWFilterRule, not 'x'"
    ):
        xml.render(model)
    model.entries[2] = NWFilterRule(priority="\0")
    with pytest.raises(XmlError, match=r"entries\[2\].priority"):
        xml.render(model)


def test_what_entries_carry_along_is_found_by_its_place():
    model = xml.parse(FILTER.replace("<rule action='drop'", "<rule zz='1' action='drop'"))
    [extra] = xml.extras(model)
    assert (extra.path, extra.name) == ("entries[4]", "zz")
    assert model.entries[4].extras.attributes == {"zz": "1"}


def test_frames_have_the_views_as_columns():
    frame = xml.to_frame([xml.parse(FILTER)], columns=["name", "rules[].action", "rules[].tcp.dstportstart"])
    assert list(frame["rules[].action"]) == ["accept", "accept", "drop"]
    assert list(
        xml.to_frame([xml.parse(FILTER)], columns=["filterrefs[1].filter"])["filterrefs[1].filter"]
    ) == ["drop-all"]
    with pytest.raises(
        ValueError, match=r"entries holds items of several classes; write filterrefs\[\] or rules\[\]"
    ):
        xml.to_frame([xml.parse(FILTER)], columns=["entries[].action"])


@pytest.mark.parametrize(
    ("inside", "protocol"),
    [
        ("<udp/><tcp/>", "udp"),
        ("<tcp/><udp/>", "tcp"),
        ("<zz/><udp srcportstart='1'/><zz/><tcp/><udp srcportstart='2'/>", "udp"),
        ("<mac/><ip/><mac/>", "mac"),
    ],
)
def test_the_first_protocol_of_a_rule_decides_as_for_libvirt(inside, protocol):
    """libvirt takes the first that it knows, and looks at no other name after it."""
    text = f"<filter name='f'><rule action='drop' direction='in'>{inside}</rule></filter>"
    model = xml.parse(text)
    [rule] = model.rules
    known = [name for name in ("mac", "ip", "tcp", "udp") if getattr(rule, name) is not None]
    assert known == [protocol]
    for pretty in (True, False):
        back = xml.render(model, pretty=pretty)
        assert canonical(etree.fromstring(back)) == canonical(etree.fromstring(text))
        assert xml.parse(back) == model
    assert {extra.path for extra in xml.extras(model)} == {"entries[0]"}
