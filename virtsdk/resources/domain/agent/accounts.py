"""People on a guest, through its agent: their SSH keys and passwords."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.agent.asking import AgentCore


class AccountVerbs(AgentCore):
    """Who may log in on a guest."""

    def ssh_keys(self, user: str, *, timeout: float | None = None) -> list[str]:
        """Read the public keys with which a person may log in.

        Parameters
        ----------
        user
            The person's name on the guest.
        timeout
            As for `info`.

        Returns
        -------
        list of str
            A line each; empty where the person has no file of them yet.

        Raises
        ------
        AgentError
            The guest has no such person, or no home for one; the message has the agent's words.
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        name = _name(user)
        try:
            return list(
                self._read(
                    "read the SSH keys of a user of", lambda raw: raw.authorizedSSHKeysGet(name, 0), timeout
                )
            )
        except errors.AgentError as error:
            if "authorized_keys" in (error.libvirt_message or "") and "No such file" in str(error):
                return []
            raise

    def add_ssh_keys(self, user: str, keys: str | Iterable[str], *, timeout: float | None = None) -> None:
        """Let a person log in with these public keys as well; those that are there already stay as they are.

        Parameters
        ----------
        user
            The person's name on the guest.
        keys
            One key or several, each as the line of a ``.pub`` file.
        timeout
            As for `info`.

        Raises
        ------
        OperationFailed
            The agent did not say no, and the keys are not there.
        AgentError
            As for `ssh_keys`.
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        self._set_keys("add", "APPEND", user, keys, timeout)

    def remove_ssh_keys(self, user: str, keys: str | Iterable[str], *, timeout: float | None = None) -> None:
        """Let a person log in with these public keys no more; one that is not there is passed over.

        Parameters
        ----------
        user, keys, timeout
            As for `add_ssh_keys`.

        Raises
        ------
        OperationFailed
            The agent did not say no, and the keys are still there.
        AgentError
            As for `ssh_keys`.
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        self._set_keys("remove", "REMOVE", user, keys, timeout)

    def _set_keys(
        self,
        verb: Literal["add", "remove"],
        word: str,
        user: str,
        keys: str | Iterable[str],
        timeout: float | None,
    ) -> None:
        """Add or remove keys, and look whether that was done."""
        name, lines = _name(user), _lines(keys)
        how, operation = flag(f"VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_{word}"), f"{verb} SSH keys of a user of"
        self._do(operation, lambda raw: raw.authorizedSSHKeysSet(name, lines, how), timeout)
        there = set(self.ssh_keys(name, timeout=timeout))
        wrong = set(lines) - there if verb == "add" else set(lines) & there
        if wrong:
            said = "not there afterwards" if verb == "add" else "still there"
            raise self._failed(operation, f"{len(wrong)} of {len(lines)} keys are {said}")

    @shows_no_variables
    def set_password(
        self, user: str, password: str, *, encrypted: bool = False, timeout: float | None = None
    ) -> None:
        """Set a person's password; it is in no repr, message, traceback or log.

        Parameters
        ----------
        user
            The person's name on the guest.
        password
            The password.
        encrypted
            It is a hash already, as the guest keeps it.
        timeout
            As for `info`.

        Raises
        ------
        AgentError
            The guest could not: there is no such person, or it has no program for that.
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].agent.set_password("root", "s3cret")
        """
        if not isinstance(password, str):
            raise TypeError(f"password must be text, not {type(password).__name__}")
        name, flags = _name(user), flag("VIR_DOMAIN_PASSWORD_ENCRYPTED") if encrypted else 0
        self._do("set a password of", lambda raw: raw.setUserPassword(name, password, flags), timeout)


def _name(user: object) -> str:
    if not isinstance(user, str):
        raise TypeError(f"user must be a name, not {type(user).__name__}")
    if not user.strip():
        raise ValueError(f"user must be a name, not {user!r}")
    return user


def _lines(keys: object) -> list[str]:
    """Check public keys; none of them is repeated, as someone may have typed the private one."""
    given = [keys] if isinstance(keys, str) else list(keys) if isinstance(keys, Iterable) else [keys]  # pyright: ignore
    found: list[str] = []
    for one in given:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(one, str):
            raise TypeError(f"keys must be texts, as of a .pub file, not {type(one).__name__}")  # pyright: ignore
        line = one.strip()
        if not line or "\n" in line or "PRIVATE KEY" in line:
            raise ValueError("keys must be public keys, each the one line of a .pub file")
        found.append(line)
    if not found:
        raise ValueError("keys must be one at least")
    return found
