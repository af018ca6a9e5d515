"""Changing a guest's devices in place, and the media in its drives."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar, overload

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.devices.applied import not_applied
from virtsdk.resources.domain.devices.core import DeviceCore
from virtsdk.resources.domain.devices.found import (
    Given,
    View,
    alias_of,
    as_device,
    counterpart,
    identity_of,
    kind_of,
    like,
    source_of,
    words_of,
)
from virtsdk.resources.domain.saving import on_host
from virtsdk.resources.scope import LIVE, Scope, check_scope

if TYPE_CHECKING:
    from virtsdk.model import Model

M = TypeVar("M", bound="Model")


class UpdatingVerbs(DeviceCore):
    """Changing devices, changing media."""

    @overload
    def update_device(
        self, device: M, *, scope: Scope = "auto", force: bool = False, timeout: float | None = None
    ) -> M: ...
    @overload
    def update_device(
        self, device: str, *, scope: Scope = "auto", force: bool = False, timeout: float | None = None
    ) -> Model: ...
    @shows_no_variables
    def update_device(
        self, device: Model | str, *, scope: Scope = "auto", force: bool = False, timeout: float | None = None
    ) -> Model:
        """Change a device in place, and read back what came of it.

        Parameters
        ----------
        device
            The device as it is to be, all of it: its model, as `definition` has it and changed, or XML text.
            libvirt takes away what can be changed and is left out (a medium, a bandwidth, that a link is
            down) and keeps the rest; of a model that was read from a guest that runs, that it was kept is
            told.
        scope
            As for `attach`.
        force
            Open a tray that the guest has locked.
        timeout
            As for `attach`.

        Returns
        -------
        Model
            The device as the definition has it now.

        Raises
        ------
        NotApplied
            libvirt accepted it and left parts as they were; ``.paths`` names them. (Of a disk of a guest that
            runs, libvirt 9.0 passes over iothread, queues, detect_zeroes, packed and metadata_cache; of a nic
            over trustGuestRxFilters, teaming and the name of its target.)
        NotLive
            libvirt says that it cannot change that while the guest runs; ``scope="persistent"`` can.
        DeviceNotFound
            There is no such device.
        NotSupported, InvalidState, ReadOnly
            As for `attach`; see ``host.supports("update_device")``.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     if host.driver == "qemu":  # a test driver may have none of this
        ...         host.domains["test"].update_device("<disk><target dev='vda'/></disk>")
        """
        operation, given, forced = "update a device of", as_device(device), _forced(force)
        check_scope(scope)
        self._session.refuse_readonly(operation, self.subject)
        self._require("update_device", operation)
        before: dict[int, Model] = {}

        def update(raw: VirDomain) -> None:
            views = self._views(raw, operation, scope, secure=True)
            before.update(self._found(operation, views, given.model, counterpart))
            texts = {one: in_its_place(given, device, before.values()) for one, device in before.items()}
            _update(raw, texts, forced)

        self._call(operation, update, changes=True, timeout=timeout)
        views = self._read_back(operation, scope, timeout, secure=True)
        whole = not isinstance(device, str) and alias_of(given.model) is not None  # as it was read
        return self._check_applied(operation, given.model, before, views, whole=whole)

    def _check_applied(
        self, operation: str, wish: Model, before: dict[int, Model], views: list[View], *, whole: bool
    ) -> Model:
        after = {
            view.flag: counterpart(view.devices, before[view.flag]) for view in views if view.flag in before
        }
        missing: dict[str, list[str]] = {}
        for one, was in before.items():
            now = after.get(one)
            if now is None:
                raise errors.DeviceNotFound(
                    f"cannot {operation} {self.subject}: {words_of(wish)} went meanwhile",
                    operation=operation,
                    subject=self.subject,
                )
            for path in not_applied(was, now, wish, whole=whole, read_from=before.get(LIVE)):
                missing.setdefault(path, []).append("live" if one == LIVE else "persistent")
        if missing:
            where = {word for words in missing.values() for word in words}
            said = (
                f" in its {'running' if where == {'live'} else 'persistent'} definition"
                if len(where) == 1
                else ""
            )
            raise errors.NotApplied(
                f"cannot {operation} {self.subject}: the host accepted the change of {words_of(wish)} and "
                f"left {', '.join(missing)} as it was{said}",
                paths=tuple(missing),
                operation=operation,
                subject=self.subject,
            )
        return next(one for one in after.values() if one is not None)

    def change_media(
        self,
        target: str,
        source: str | PathLike[str] | None,
        *,
        image_format: str | None = None,
        force: bool = False,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> None:
        """Put another medium into a CD-ROM or floppy drive, or eject what is in it.

        Parameters
        ----------
        target
            The drive: its target (``"sda"``), its alias or the file that is in it.
        source
            The file on the host, absolute; None ejects.
        image_format
            ``"raw"``, ``"qcow2"`` ...; None: as the drive has it, else raw.
        force
            Open the tray also where the guest has locked it.
        scope, timeout
            As for `attach`.

        Raises
        ------
        DeviceNotFound
            There is no such disk.
        InvalidArgument
            It is not one whose medium can be changed.
        NotApplied
            The drive does not have the medium afterwards.
        OperationFailed, InvalidState
            The file is not there; the guest has locked the tray.
        NotSupported, ReadOnly
            As for `update_device`.
        """
        operation = "change the medium of"
        path, forced = None if source is None else on_host(source), _forced(force)
        if not isinstance(target, str):
            raise TypeError(f"target must be the name of a drive, such as 'sda', not {target!r}")
        check_scope(scope)
        self._session.refuse_readonly(operation, self.subject)
        self._require("update_device", operation)
        drives: dict[int, Model] = {}

        def change(raw: VirDomain) -> None:
            found = self._found(operation, self._views(raw, operation, scope), target)
            drives.update(found)
            if not all(_is_drive(one) for one in found.values()):
                raise errors.InvalidArgument(
                    f"cannot {operation} {self.subject}: {target!r} is no CD-ROM or floppy drive",
                    operation=operation,
                    subject=self.subject,
                )
            _update(
                raw, {one: with_medium(drive, path, image_format) for one, drive in found.items()}, forced
            )

        self._call(operation, change, changes=True, timeout=timeout)
        for view in self._read_back(operation, scope, timeout):
            now: Any = like(view.devices, drives[view.flag]) if view.flag in drives else None
            if now is not None and source_of(now) != path:
                raise errors.NotApplied(
                    f"cannot {operation} {self.subject}: the host accepted it, and {target!r} has "
                    f"{repr(source_of(now)) if source_of(now) else 'no medium'}",
                    paths=("source",),
                    operation=operation,
                    subject=self.subject,
                )


def _update(raw: VirDomain, texts: dict[int, str], forced: int) -> None:
    """Send a device by the flags of the definitions: in one call, unless it differs between them."""
    if len(set(texts.values())) == 1:
        raw.updateDeviceFlags(texts[min(texts)], sum(texts) | forced)
    else:  # what runs first, which may refuse
        for one, text in texts.items():
            raw.updateDeviceFlags(text, one | forced)


def in_its_place(given: Given, device: Any, known: Collection[Any]) -> str:
    """Write a device with the alias and the address of the one that it is to take the place of.

    The two definitions may have it in different places, and libvirt finds none at a place of the other one;
    nor one that is given without a place, and has no name of its own: a memory device.

    Parameters
    ----------
    given
        The device as it is to be.
    device
        The one of a definition.
    known
        All that it is, in the one and the other definition. A place that is none of theirs is asked for.
    """
    from copy import copy

    from virtsdk import xml

    wish: Any = given.model
    if not hasattr(wish, "alias") or not hasattr(wish, "address"):
        return given.text
    place = (wish.alias, wish.address)
    found = [(one.alias, one.address) for one in known]
    unsaid = place == (None, None) and identity_of(wish) is None
    if place == (device.alias, device.address) or (place not in found and not unsaid):
        return given.text
    wish = copy(wish)
    wish.alias, wish.address = device.alias, device.address
    return xml.render(wish)


def _forced(force: object) -> int:
    if not isinstance(force, bool):
        raise TypeError(f"force must be True or False, not {force!r}")
    return flag("VIR_DOMAIN_DEVICE_MODIFY_FORCE") if force else 0


def _is_drive(device: Any) -> bool:
    return kind_of(device) == "disk" and device.device in {"cdrom", "floppy"}


def with_medium(drive: Any, path: str | None, kind: Any) -> str:
    """Write a drive with another medium, or none."""
    from copy import deepcopy

    from virtsdk import xml
    from virtsdk.models.domain import DiskDriver, DiskSource

    drive = deepcopy(drive)
    drive.type, drive.backing_store, drive.alias = "file", None, None  # its target says which it is
    drive.source = None if path is None else DiskSource(file=path)
    if path is not None:
        driver: Any = drive.driver or DiskDriver(name="qemu")
        driver.type = kind or driver.type or "raw"
        drive.driver = driver
    return xml.render(drive)
