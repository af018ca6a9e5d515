"""Certificates for the tests: an authority of one's own, and what it signs."""

from __future__ import annotations

import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca-key.pem"
        usage = ["-addext", "keyUsage=critical,keyCertSign"]
        _openssl(
            "req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={name}", *usage,
            "-keyout", self._key, "-out", self.certificate,
        )  # fmt: skip

    def sign(self, place: Path, role: str, name: str, *, also: str = "", days: int = 2) -> None:
        """Write key and certificate of a server or a client, and this authority's own, where libvirt looks.

        Parameters
        ----------
        place
            The folder; it gets ``cacert.pem``, ``servercert.pem`` and ``serverkey.pem`` (or ``client...``).
        role
            ``server`` or ``client``.
        name
            Whose certificate.
        also
            The names that it is valid for, in OpenSSL's words: ``DNS:localhost``.
        days
            0: it has expired a second later.
        """
        place.mkdir(exist_ok=True)
        (place / "cacert.pem").write_bytes(self.certificate.read_bytes())
        request, extensions = place / "request.pem", place / "extensions"
        lines = [f"extendedKeyUsage={role}Auth", "keyUsage=digitalSignature,keyEncipherment"]
        extensions.write_text("\n".join([*lines, *([f"subjectAltName={also}"] if also else [])]))
        key, certificate = place / f"{role}key.pem", place / f"{role}cert.pem"
        _openssl("req", *_KEY, "-subj", f"/O=virtsdk/CN={name}", "-keyout", key, "-out", request)
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
            "-days", days, "-extfile", extensions, "-out", certificate,
        )  # fmt: skip


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
