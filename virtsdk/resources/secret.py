"""Secrets that libvirt keeps for guests: pass phrases of encrypted disks, keys of storage servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from virtsdk import errors
from virtsdk.binding.library import constants, word
from virtsdk.binding.protocol import VirConnect, VirSecret
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.base import Identified
from virtsdk.resources.documents import for_c
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.secret import SecretDef

SecretUsage = Literal["volume", "ceph", "iscsi", "tls", "vtpm"]
"""What a secret is used for."""


class Secret(Identified[VirSecret], Listable[VirSecret]):
    """A live handle on a secret, named after its use.

    No repr, log, error or variable in a traceback shows its value, nor does its definition.
    """

    kind: ClassVar[str] = "secret"

    def _lookup(self, conn: VirConnect) -> VirSecret:
        return conn.secretLookupByUUIDString(self.key)

    def definition(self) -> SecretDef:
        """Read its purpose as a typed document; the value is not part of it.

        Returns
        -------
        SecretDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.secret import SecretDef

        return self._parsed(SecretDef)

    def value(self) -> bytes:
        """Read the value; libvirt refuses it for a private secret.

        Raises
        ------
        ReadOnly
            The connection was opened read-only.
        AccessDenied, NotFound
            It is private; it has no value yet.
        """
        return self._call("read the value of", lambda raw: raw.value(0), changes=True)

    @shows_no_variables
    def set_value(self, value: bytes) -> None:
        """Give it a value.

        Parameters
        ----------
        value
            As bytes; no log, repr or traceback of virtsdk shows it.

        Raises
        ------
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """

        def write(raw: VirSecret, value: bytes = value) -> int:
            return raw.setValue(value, 0)

        del value  # a traceback may show the variables of its frames
        self._change("set the value of", write)

    def undefine(self) -> None:
        """Remove it and its value."""
        self._change("undefine", lambda raw: raw.undefine())


class Secrets(Listed[Secret, VirSecret]):
    """All secrets of a host, by UUID or by what they are used for.

    The frame has one row per secret: host, secret (its UUID), name (what it is used for, its usage id), usage
    (``volume``, ``ceph``, ``iscsi``, ``tls``, ``vtpm``, ``none``), ephemeral, private.
    """

    _handle_class = Secret
    _noun: ClassVar[str] = "secret"
    _key_column: ClassVar[str] = "secret"
    _missing: ClassVar[type[errors.NotFound]] = errors.SecretNotFound
    _columns: ClassVar[Mapping[str, str]] = {
        "secret": "str",
        "name": "str",
        "usage": "str",
        "ephemeral": "boolean",
        "private": "boolean",
    }
    _filters: ClassVar[Mapping[str, str]] = {
        "ephemeral": "VIR_CONNECT_LIST_SECRETS_EPHEMERAL",
        "private": "VIR_CONNECT_LIST_SECRETS_PRIVATE",
    }

    def _all(self, conn: VirConnect, flags: int) -> list[VirSecret]:
        return conn.listAllSecrets(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirSecret:
        for raw in conn.listAllSecrets(0):
            if raw.usageID() == name:
                return raw
        raise errors.SecretNotFound(f"cannot find secret {name!r}: none has that usage", subject=name)

    def _find_uuid(self, conn: VirConnect, uuid: str) -> VirSecret:
        return conn.secretLookupByUUIDString(uuid)

    def _identity(self, raw: VirSecret) -> tuple[str, str]:
        return raw.usageID() or raw.UUIDString(), raw.UUIDString()

    def _more(self, raw: VirSecret) -> dict[str, object]:
        return {"usage": word("VIR_SECRET_USAGE_TYPE_", raw.usageType())}

    def by_usage(self, usage: SecretUsage, name: str) -> Secret:
        """Find a secret by its use.

        Parameters
        ----------
        usage
            ``"volume"``, ``"ceph"``, ``"iscsi"``, ``"tls"`` or ``"vtpm"``.
        name
            What it is used for: the volume's path, the name of the server or the key.

        Returns
        -------
        Secret
            Its handle.

        Raises
        ------
        SecretNotFound
            There is none for that use.
        ValueError
            libvirt has no such kind of use.
        """
        numbers = constants("VIR_SECRET_USAGE_TYPE_")
        kinds = {one: number for one, number in numbers.items() if one not in {"none", "last"}}
        if usage not in kinds:
            known = list(kinds)
            raise ValueError(f"usage must be one of {', '.join(map(repr, known))}, not {usage!r}")
        return self._session.call(
            "find",
            f"{self._noun} {name!r} for {usage}",
            lambda conn: self._looked_at(conn.secretLookupByUsage(kinds[usage], for_c(name))),
        )

    @shows_no_variables
    def define(self, definition: Model | str) -> Secret:
        """Define a secret; `Secret.set_value` gives it its value.

        Parameters
        ----------
        definition
            A `SecretDef`, or libvirt's XML text.

        Returns
        -------
        Secret
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        AlreadyExists
            Another secret has its usage.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("define", definition, lambda conn, text: conn.secretDefineXML(text, 0))
