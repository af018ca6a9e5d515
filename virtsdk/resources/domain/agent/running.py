"""Programs in a guest, through its agent."""

from __future__ import annotations

import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any, Final

from virtsdk import errors
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.agent.asking import PIECE, AgentCore
from virtsdk.resources.domain.agent.values import AgentResult
from virtsdk.units import MiB

MOST_OUTPUT: Final = int(MiB(1.25))  # bytes of either; two of them, in base64, are in one message
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.25  # seconds between two looks whether it has ended
_AFTER_A_LOSS = (
    10.0  # seconds; a daemon that was started again reaches the agent a moment after its clients do
)
_NO_SHELL = "Failed to execute child process"
_MISSING: Final = "missing"

# The agent collects 16 MiB of what a program prints, libvirt takes 10 MiB of an answer, in base64, and its
# protocol 4; where an answer is longer, libvirt and the agent are parted for good. So a shell in the guest
# cuts what is printed, and reads on to its end so that the program is not stopped by it. How it ended is
# said behind the errors, after a mark that nobody knows beforehand.
_CUT: Final = """\
mark=$1 most=$2
shift 2
command -p head -c 1 </dev/null >/dev/null 2>&1 || exec "$@"
command -v -- "$1" >/dev/null 2>&1 || { printf '%smissing' "$mark" >&2; exit 127; }
cut() { command -p head -c "$most"; command -p cat >/dev/null; }
exec 3>&1
code=$({ { { (exec "$@" 3>&- 4>&- 5>&-); echo $? >&5; } 2>&4 | cut >&3 3>&- 4>&- 5>&-
} 4>&1 | cut >&2 3>&- 5>&-; } 5>&1)
printf '%s%s' "$mark" "$code" >&2
exit 0
"""


class RunVerbs(AgentCore):
    """Running programs in a guest."""

    @shows_no_variables
    def run(
        self,
        argv: Sequence[str | PathLike[str]],
        *,
        input: bytes | str | None = None,  # noqa: A002 - as of subprocess.run
        env: Mapping[str, str] | None = None,
        timeout: float | None = 30.0,
        check: bool = False,
        max_output: int = int(MiB(1)),
    ) -> AgentResult:
        r"""Run a program in the guest, as its agent's user, and wait for its end.

        Parameters
        ----------
        argv
            The program and its arguments: ``["ls", "-l", "/srv"]``. No shell reads them;
            ``["sh", "-c", "..."]`` is one. The audit log has the program's name alone.
        input
            What it reads; text is sent as UTF-8. At most 96 KiB: `write_file` takes more.
        env
            All of its environment; None for the agent's.
        timeout
            Seconds; None for the connection's own, and where that has none 30.
        check
            Raise `ProgramFailed` where its exit code is not 0.
        max_output
            Bytes that are kept of its output, and of its errors, 1.25 MiB at most; the result's ``truncated``
            says that there were more. A longer output goes to a file in the guest, which `read_file` reads.

        Returns
        -------
        AgentResult
            ``.exit_code``, ``.stdout`` and ``.stderr`` as bytes, ``.text``, ``.truncated``.

        Raises
        ------
        TimedOut
            It has not ended; it goes on in the guest, and the message has the number of its process.
        ProgramFailed
            Only with `check`; ``error.exit_code``, ``error.stdout``, ``error.stderr``.
        AgentError
            There is no such program, or the agent may not run any.
        AgentMissing, AgentUnresponsive
            The guest has no channel for an agent, or none answers.
        InvalidState
            The guest is off.
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Notes
        -----
        The program runs below a shell, ``/bin/sh``, which cuts its output: an answer that is too long parts
        libvirt from the agent until that is restarted. Guests without such a shell (Windows) run the program
        itself, and there a program that prints 7 MiB does that.

        For example, on a guest of the lab::

            result = guest.agent.run(["sh", "-c", "echo up; exit 3"])
            result.exit_code, result.stdout      # 3, b"up\n"
        """
        words = _words(argv)
        if not isinstance(max_output, int) or not 0 < max_output <= MOST_OUTPUT:
            raise ValueError(f"max_output must be from 1 to {MOST_OUTPUT} bytes, not {max_output!r}")
        more = _more(input, env)
        operation = f"run {words[0]!r} in"
        limit = self._limit(timeout)
        deadline = time.monotonic() + limit
        mark = f"\n{secrets.token_hex(8)}:"
        number = self._begin(operation, words, mark, max_output, more, limit)
        said = self._end(operation, number, deadline, limit)
        result = _result(said, mark, max_output)
        if isinstance(result, AgentResult):
            if check and result.exit_code:
                raise errors.ProgramFailed(
                    f"cannot {operation} {self._guest.subject}: it ended with exit code {result.exit_code}; "
                    "error.stdout and error.stderr have what it printed",
                    exit_code=result.exit_code,
                    stdout=result.stdout,
                    stderr=result.stderr,
                    operation=operation,
                    subject=self._guest.subject,
                )
            return result
        raise self._failed(operation, result, errors.AgentError)

    def _begin(
        self, operation: str, words: list[str], mark: str, most: int, more: dict[str, Any], limit: float
    ) -> int:
        """Start it, below a shell where there is one; returns the number of its process."""
        arguments = {"path": "/bin/sh", "arg": ["-c", _CUT, "sh", mark, str(most + 1), *words], **more}
        session, guest = self._guest.host.session, self._guest

        def start(arguments: dict[str, Any]) -> int:
            return int(self._ask(operation, "guest-exec", arguments, timeout=limit)["pid"])

        session.refuse_readonly(operation, guest.subject)
        with session.audited(operation, guest.subject, lambda: guest.about):
            try:
                return start(arguments)
            except errors.AgentError as error:
                if _NO_SHELL not in (error.libvirt_message or ""):
                    raise
            return start({"path": words[0], "arg": words[1:], **more})

    def _end(self, operation: str, number: int, deadline: float, limit: float) -> dict[str, Any]:
        """Wait until it has ended; returns what the agent says of that."""
        pause, silent_since = _FIRST_PAUSE, None
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise errors.TimedOut(
                    f"cannot {operation} {self._guest.subject}: not done in {limit:g} s; it goes on in the "
                    f"guest, as process {number}",
                    operation=operation,
                    subject=self._guest.subject,
                )
            try:
                said = self._ask(
                    operation, "guest-exec-status", {"pid": number}, again=True, timeout=max(left, 1.0)
                )
            except errors.AgentUnresponsive:
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since > _AFTER_A_LOSS:
                    raise
            else:
                silent_since = None
                if said["exited"]:
                    return said
            time.sleep(min(pause, max(left, 0.0)))
            pause = min(pause * 1.5, _LONGEST_PAUSE)


def _words(argv: object) -> list[str]:
    if isinstance(argv, str | bytes) or not isinstance(argv, Sequence):
        kind = type(argv).__name__
        raise TypeError(
            f"argv must be a list: the program and its arguments, not {kind}; ['sh', '-c', ...] is a shell"
        )
    found: list[str] = []
    for one in argv:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(one, str | PathLike):
            raise TypeError(f"argv must be a list of texts, and has {type(one).__name__}")  # pyright: ignore
        found.append(str(fspath(one)))  # pyright: ignore[reportUnknownArgumentType]
    if not found or not found[0]:
        raise ValueError("argv must begin with a program")
    if any("\0" in one for one in found):
        raise ValueError("argv must be without NUL characters")
    return found


def _more(data: object, env: object) -> dict[str, Any]:
    """Give the agent's arguments for input and environment."""
    more: dict[str, Any] = {"capture-output": True}
    if data is not None:
        if not isinstance(data, str | bytes | bytearray):
            raise TypeError(f"input must be text or bytes, not {type(data).__name__}")
        sent = data.encode() if isinstance(data, str) else bytes(data)
        if len(sent) > PIECE:
            raise ValueError(f"input must be at most {PIECE} bytes, not {len(sent)}; write_file takes more")
        more["input-data"] = b64encode(sent).decode()
    if env is not None:
        if not isinstance(env, Mapping):
            raise TypeError(f"env must be a mapping of names to texts, not {type(env).__name__}")
        pairs = list(env.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if not all(isinstance(one, str) for pair in pairs for one in pair):  # pyright: ignore
            raise TypeError("env must be a mapping of names to texts")
        if any(not name or "=" in name for name, _ in pairs):  # pyright: ignore
            raise ValueError("env must have names without '='")
        more["env"] = [f"{name}={value}" for name, value in pairs]  # pyright: ignore
    return more


def _result(said: dict[str, Any], mark: str, most: int) -> AgentResult | str:
    """Make the result of what the agent says; in words, why the program did not begin."""
    out, err = b64decode(said.get("out-data", "")), b64decode(said.get("err-data", ""))
    err, found, ended = err.rpartition(mark.encode()) if mark.encode() in err else (err, b"", b"")
    if ended.decode() == _MISSING:
        return "there is no such program in the guest, or its agent may not run it"
    code = int(ended) if found and ended.isdigit() else said.get("exitcode", 128 + int(said.get("signal", 0)))
    own = bool(said.get("out-truncated") or said.get("err-truncated"))
    truncated = own or len(out) > most or len(err) > most
    return AgentResult(int(code), out[:most], err[:most], truncated)
