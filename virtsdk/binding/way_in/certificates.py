"""Faults of a host's certificate, by name: libvirt says only that there is one."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_PORT = 16514  # of libvirt over TLS
_PATIENCE = 3.0
_CA_FILES = (Path("~/.pki/libvirt/cacert.pem"), Path("/etc/pki/CA/cacert.pem"))

# OpenSSL's X509_V_ERR_..., and the certificate in words
_TOO_EARLY, _EXPIRED = 9, 10
_UNKNOWN_ISSUER = frozenset({18, 19, 20, 21})
_WRONG_NAME = frozenset({62, 64})


def fault(uri: str) -> str | None:
    """Look at the certificate that a host shows, and say why it is not accepted.

    Parameters
    ----------
    uri
        A URI with the transport tls.

    Returns
    -------
    str or None
        What the certificate is ("has expired"); None where it cannot be told.
    """
    parts = urlsplit(uri)
    authority = _authority(parts.query)
    if authority is None or parts.hostname is None:
        return None
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority)
        with (
            socket.create_connection((parts.hostname, parts.port or _PORT), _PATIENCE) as raw,
            context.wrap_socket(raw, server_hostname=parts.hostname),
        ):
            return None
    except ssl.SSLCertVerificationError as refused:
        return _words(refused.verify_code, parts.hostname, authority)
    except OSError:  # it does not show one now, or the CA's file is none
        return None


def _authority(query: str) -> Path | None:
    folder = parse_qs(query).get("pkipath")
    candidates = [Path(folder[0]) / "cacert.pem"] if folder else [file.expanduser() for file in _CA_FILES]
    return next((file for file in candidates if file.is_file()), None)


def _words(code: int, name: str, authority: Path) -> str | None:
    if code in _UNKNOWN_ISSUER:
        return f"is not signed by the CA in {authority}"
    if code in _WRONG_NAME:
        return f"is not for the name {name!r}"
    return {_EXPIRED: "has expired", _TOO_EARLY: "is not valid yet (check the clocks)"}.get(code)
