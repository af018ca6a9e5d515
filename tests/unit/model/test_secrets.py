"""Secrets that no schema knows: found by their words, shown nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.model import SECRET_NAMES, SECRET_WORDS, Extras, Leaf, Stray, is_secret_name, masked
from virtsdk.models.domain import DomainDef, Metadata, Os
from virtsdk.models.domain_qemu import QemuCommandline, QemuCommandlineArg

IT = "hunter2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"-object secret,id=s0,data={IT},format=raw", "-object secret,id=s0,data=***,format=raw"),
        (f"secret,id=s0,data={IT},,x {IT},format=raw", "secret,id=s0,data=***,format=raw"),
        (f"port=1,password={IT},disable-ticketing=on", "port=1,password=***,disable-ticketing=on"),
        (
            f'{{"qom-type":"secret","id":"s","data":"{IT}\\"x"}}',
            '{"qom-type":"secret","id":"s","data":"***"}',
        ),
        (f'{{"driver": "https", "password": "{IT}"}}', '{"driver": "https", "password": "***"}'),
        (f"console=ttyS0 token={IT} root=/dev/vda1", "console=ttyS0 token=*** root=/dev/vda1"),
        (f"password={IT} {IT} ro=1", "password=*** ro=1"),
        (f"x.cookie=a={IT};b={IT}", "x.cookie=***"),
        (f"Cookie: a={IT}; b={IT}", "Cookie: ***"),
        (f"Authorization: Bearer {IT}", "Authorization: ***"),
        (f"--password {IT} --verbose", "--password *** --verbose"),
        (f"https://ana:{IT}@host/x?id=1&api_key={IT}", "https://ana:***@host/x?id=1&api_key=***"),
        (f"db_pass='{IT} {IT}' wlan.psk=\"{IT}\" dbPwd={IT}", "db_pass='***' wlan.psk=\"***\" dbPwd=***"),
        (f"<a user='ana'><password>{IT}</password></a>", "<a user='ana'><password>***</password></a>"),
        (
            f"<p:apiKey xmlns:p='u'><a b='{IT}'>{IT}</a>{IT}</p:apiKey>x",
            "<p:apiKey xmlns:p='u'><a b='***'>***</a>***</p:apiKey>x",
        ),
        (f"<entry key='root_password'>{IT}</entry>", "<entry key='root_password'>***</entry>"),
        (f"<entry name='token' value='{IT}'/>", "<entry name='token' value='***'/>"),
        (
            f"<a b='x>y' Password=\"{IT}\">url=http://a:{IT}@b/</a>",
            "<a b='x>y' Password=\"***\">url=http://a:***@b/</a>",
        ),
        (f"<a><!-- password={IT} --><![CDATA[password={IT}]]></a>", "<a><!--***--><!--***--></a>"),
        (f"text password={IT}<a/>", "text password=***<a/>"),
    ],
)
def test_what_follows_a_secret_name_is_masked(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/var/lib/libvirt/images/tokens.qcow2",
        "keymap=de,passthrough=on,compass=1,bypass=2",
        "-device virtio-blk-pci,drive=d0,bootindex=1",
        "http://host:8080/path",
        "root=UUID=6f2a console=ttyS0,115200 quiet",
        "a text that tells of a password, and of nothing else",
        "<app xmlns='urn:a' id='1'><name>web</name> 1 < 2</app>",
        "<a",
    ],
)
def test_what_is_no_secret_is_shown(text):
    assert masked(text) == text


@pytest.mark.parametrize("word", [*SECRET_WORDS, *SECRET_NAMES])
def test_every_word_makes_a_name_secret(word):
    capital = word.capitalize()
    for name in (word, word.upper(), f"{{urn:a}}db_{word}", f"db-{capital}", f"db{capital}"):
        assert is_secret_name(name)
        assert masked(f"a=1,{name}={IT},b=2").endswith("=***,b=2")
    assert is_secret_name(f"{word}Value") == (word in SECRET_WORDS)


@given(
    st.sampled_from(SECRET_WORDS),
    st.text("abcZ019-_./$%", min_size=1, max_size=12),
    st.text("ab =,:'\"<>/-\n", max_size=12),
    st.text("ab =,:'\"<>/-\n", max_size=12),
)
def test_no_secret_comes_through_whatever_is_around_it(word, secret, before, after):
    secret = f"#{secret}#"
    inside = before.replace("<", "").replace(">", "")
    for text in (
        f"{before},{word}={secret},{after}",
        f"<a>{inside}</a><{word}>{secret}</{word}>{after}",
        f'<a x="1" {word}="{secret}">{after}',
    ):
        assert secret not in masked(text)


def guest():
    return xml.parse(
        f"""<domain password='{IT}' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
        <name token='{IT}'>web</name><login secret='{IT}'/>
        <metadata><a:app xmlns:a='urn:a'><a:password>{IT}</a:password></a:app></metadata>
        <os><initarg apikey='{IT}'>x</initarg><initenv name='DB'>{IT}</initenv>
        <cmdline>token={IT}</cmdline></os>
        <qemu:commandline><qemu:arg value='-object'/><qemu:arg value='secret,id=s,data={IT}'/>
        <qemu:env name='A' value='{IT}'/></qemu:commandline></domain>"""
    )


def other():
    """The same with other secrets."""
    return xml.parse(xml.render(guest()).replace(IT, f"{IT}-too"))


@pytest.mark.parametrize(
    "show",
    [
        lambda: repr(guest()),
        lambda: guest()._repr_html_(),
        lambda: repr(guest().extras),
        lambda: str(guest().os.extras.leaves),
        lambda: str(xml.extras(guest())),
        lambda: repr(list(xml.extras(guest()))),
        lambda: xml.extras(guest())._repr_html_(),
        lambda: xml.extras(guest()).frame().to_csv(),
        lambda: str(xml.diff(guest(), other())),
        lambda: repr(list(xml.diff(guest(), other()))),
        lambda: xml.diff(guest(), other())._repr_html_(),
        lambda: str(xml.diff(guest(), DomainDef())),
        lambda: str(xml.diff(DomainDef(), guest())),
        lambda: repr(Leaf("name", None, Extras(attributes={"passwd": IT}))),
        lambda: repr(Stray(None, f"<passwd>{IT}</passwd>")),
    ],
)
def test_no_form_shows_a_secret(show):
    assert "***" in show()
    assert IT not in show()


@pytest.mark.parametrize(
    "model",
    [
        DomainDef(metadata=Metadata(content=f"<password>{IT}")),
        DomainDef(metadata=Metadata(content=f"<password>{IT}</password>&nbsp;")),
        DomainDef(extras=Extras(content=[Stray(None, f"<password>{IT}")])),
        DomainDef(extras=Extras(attributes={"password": f"{IT}\0"})),
        DomainDef(os=Os(cmdline=f"password={IT}\0")),
        DomainDef(qemu_commandline=QemuCommandline(args=[QemuCommandlineArg(value=f"password={IT}\0")])),
    ],
)
def test_no_error_shows_a_secret(model):
    with pytest.raises(XmlError) as caught:
        xml.render(model)
    error = caught.value
    while error is not None:
        assert IT not in str(error)
        error = error.__cause__


def test_what_is_masked_is_there_and_is_written():
    assert xml.render(guest()).count(IT) == 9
    assert guest().qemu_commandline.args[1].value == f"secret,id=s,data={IT}"
    assert xml.extras(guest())[0].value == IT
