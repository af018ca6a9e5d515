"""Why a connection did not open: by meaning, with what to check.

libvirt has one code for a password that is wrong and for a certificate that is; some transports have none of
their own. Its words (in English) tell them apart.
"""

from __future__ import annotations

import re
from typing import Any

from virtsdk import errors
from virtsdk.binding.calls import code_names
from virtsdk.binding.uri import advice, is_tls
from virtsdk.binding.way_in.certificates import fault
from virtsdk.binding.way_in.credentials import Credential

_AUTH = frozenset({"VIR_ERR_AUTH_FAILED", "VIR_ERR_AUTH_CANCELLED", "VIR_ERR_AUTH_UNAVAILABLE"})
_NOT_THE_HOST = re.compile(
    r"verify peer's certificate|SSL peer certificate|host key|stored identity", re.IGNORECASE
)
_NOT_LET_IN = re.compile(
    r"Permission denied \(|failed to authenticate|Access denied for"
    r"|user response for authentication"  # libvirt 11: asked again, as the first answer was wrong
)
_OUR_CERTIFICATE = re.compile(r"verification \(of our certificate|TLS confirmation|certificate required")


def explain(
    error: Exception, uri: str | None, shown: str, unanswered: Credential | None
) -> errors.ConnectError:
    """Make our error of libvirt's.

    Parameters
    ----------
    error
        A ``libvirt.libvirtError`` that opening raised.
    uri, shown
        What was to be opened, and what messages call it.
    unanswered
        What libvirt asked for and did not get.
    """
    raw: Any = error
    text = (raw.get_error_message() or str(error)).strip().replace("\n", " ")
    name = code_names().get(raw.get_error_code())
    number = raw.get_int1()
    system_error = number if name == "VIR_ERR_SYSTEM_ERROR" and isinstance(number, int) else None
    kind, hint = _meaning(uri or "", name, text, unanswered)
    return kind(
        f"cannot open {shown}: {text}; {hint or advice(uri, text, system_error)}",
        code=raw.get_error_code(),
        code_name=name,
        domain=raw.get_error_domain(),
        libvirt_message=text,
        operation="open",
        subject=shown,
    )


def _meaning(
    uri: str, name: str | None, text: str, unanswered: Credential | None
) -> tuple[type[errors.ConnectError], str | None]:
    by_certificate = is_tls(uri)
    if "SSL peer certificate" in text:  # a driver in this process that speaks https: ESX, vCenter
        return errors.HostNotTrusted, _CERTIFICATE_OF_SERVICE
    host_asked_about = unanswered is not None and "host key" in unanswered.prompt
    if host_asked_about or _NOT_THE_HOST.search(text):
        return errors.HostNotTrusted, _certificate_of_host(uri) if by_certificate else _KEY_OF_HOST
    if by_certificate and _OUR_CERTIFICATE.search(text):
        return errors.AuthenticationFailed, _OWN_CERTIFICATE
    if unanswered is not None:
        return errors.AuthenticationFailed, _NO_ANSWER.format(kind=unanswered.kind)
    if name in _AUTH or _NOT_LET_IN.search(text):
        return errors.AuthenticationFailed, _CREDENTIALS
    return errors.ConnectError, None


def _certificate_of_host(uri: str) -> str:
    wrong = fault(uri)
    if wrong is not None:
        return f"the host's certificate {wrong}"
    return (
        "the host's certificate has expired, is not for the name in the URI, or is not signed by the CA in "
        "cacert.pem (in ~/.pki/libvirt, /etc/pki/CA, or where ?pkipath=/directory in the URI says)"
    )


_CERTIFICATE_OF_SERVICE = (
    "its certificate has expired, is not for the name in the URI, or is not signed by a CA that this machine "
    "trusts: add its CA to the system's (Debian: update-ca-certificates)"
)
_KEY_OF_HOST = (
    "the host's key is not the one in known_hosts, or is not there yet: compare its fingerprint and add it, "
    "for example by logging in once with ssh"
)
_OWN_CERTIFICATE = (
    "the host did not take clientcert.pem: it has to be signed by a CA that the host trusts, and where "
    "libvirtd.conf has tls_allowed_dn_list its name has to be listed"
)
_NO_ANSWER = (
    "it asks for the {kind}, which auth= does not give and nobody could be asked for: "
    "give auth={{'username': ..., 'password': ...}} or a callback (a person is asked in a terminal and in a "
    "notebook)"
)
_CREDENTIALS = "check the user, and the password or the key (auth=..., keyfile), or what polkit allows there"
