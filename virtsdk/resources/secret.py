"""Secrets that libvirt keeps for guests: pass phrases of encrypted disks, keys of storage servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import word
from virtsdk.binding.protocol import VirConnect, VirSecret
from virtsdk.resources.base import Collection, Identified
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.secret import SecretDef


class Secret(Identified[VirSecret], Listable[VirSecret]):
    """A live handle on a secret; its name is what it is used for. No repr, log or error shows its value."""

    kind: ClassVar[str] = "secret"

    def _lookup(self, conn: VirConnect) -> VirSecret:
        return conn.secretLookupByUUIDString(self.key)

    @property
    def _collection(self) -> Collection[Secret]:
        return self._host.secrets

    def definition(self) -> SecretDef:
        """Read what it is for, as a typed document; the value is not part of it."""
        from virtsdk import xml
        from virtsdk.models.secret import SecretDef

        return xml.parse(self.definition_xml(), SecretDef)

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

    def set_value(self, value: bytes) -> None:
        """Give it a value."""
        self._change("set the value of", lambda raw: raw.setValue(value, 0))

    def undefine(self) -> None:
        """Remove it and its value."""
        self._change("undefine", lambda raw: raw.undefine())


class Secrets(Listed[Secret, VirSecret]):
    """All secrets of a host, by UUID or by what they are used for.

    The frame has one row a secret: host, secret (its UUID), name (what it is used for, its usage id), usage
    (``volume``, ``ceph``, ``iscsi``, ``tls``, ``vtpm``, ``none``), ephemeral, private.
    """

    noun: ClassVar[str] = "secret"
    key_column: ClassVar[str] = "secret"
    missing: ClassVar[type[errors.NotFound]] = errors.SecretNotFound
    columns: ClassVar[Mapping[str, str]] = {
        "secret": "str",
        "name": "str",
        "usage": "str",
        "ephemeral": "boolean",
        "private": "boolean",
    }
    filters: ClassVar[Mapping[str, str]] = {
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

    def _handle(self, raw: VirSecret) -> Secret:
        return Secret(self._host, raw, raw.usageID() or raw.UUIDString(), raw.UUIDString())

    def _key(self, raw: VirSecret) -> str:
        return raw.UUIDString()

    def _more(self, conn: VirConnect, raw: VirSecret, known: Mapping[str, object]) -> dict[str, object]:
        return {"usage": word("VIR_SECRET_USAGE_TYPE_", raw.usageType())}

    def _glance(self, raw: VirSecret) -> dict[str, object]:
        return {"usage": word("VIR_SECRET_USAGE_TYPE_", raw.usageType())}

    def define(self, definition: Model | str) -> Secret:
        """Define a secret; `Secret.set_value` gives it its value."""
        return self._made("define", definition, lambda conn, text: conn.secretDefineXML(text, 0))
