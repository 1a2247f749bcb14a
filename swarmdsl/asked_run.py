"""What a handle of a run can ask its daemon modules while it goes on.

As `swarmdsl.api` does, it names the runtime and loads it when it is first used.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING, Any

from swarmdsl.light.calls import CALL_TIMEOUT_S

if TYPE_CHECKING:
    from swarmdsl.control.stored_run import StoredRun

_CALL = "swarmdsl.control.asking:call"
_DESCRIBE = "swarmdsl.control.descriptions:describe"
_PATIENCE = "swarmdsl.control.waiting:Patience"


class AskedRun:
    """A run that another process looks after, as far as its tasks can be asked."""

    _stored: StoredRun

    def call(
        self,
        alias: str,
        method: str,
        /,
        *arguments: object,
        timeout: float = CALL_TIMEOUT_S,
        node: str | None = None,
        **keywords: object,
    ) -> Any:
        """Call a method of a daemon module, marked with `@call`, and wait for what it returns.

        It is answered between two pushes that the daemon handles, and carried out once or not at
        all. What it returns comes as plain data, and as arrays.

        Args:
            alias: of the daemon module's task.
            method: its name.
            arguments: handed to the method, as `keywords` are; each of a type that can travel.
            timeout: seconds; how long to wait for the answer.
            node: which of several instances.
            keywords: a parameter named `timeout` or `node` is given by position.

        Raises:
            RunUnreachable: the run has ended, or nobody looks after it.
            CallFailed: there is no such daemon or method, it refused the arguments, it raised, its
                process died, or there are several instances and no `node` is named.
            CallTimedOut: a `CallFailed`: no answer in time. The method may have been called.
            EncodeError: an argument cannot travel.
        """
        return pkgutil.resolve_name(_CALL)(
            self._stored,
            alias,
            method,
            arguments,
            keywords,
            node=node,
            timeout_s=timeout,
            patience=pkgutil.resolve_name(_PATIENCE)(),
        )

    def describe(self) -> dict[str, dict[str, Any]]:
        """What each task takes, yields and answers, by alias: what `swarm describe` shows.

        Daemon modules that are up are asked, ten seconds at most for all of them.
        """
        patience = pkgutil.resolve_name(_PATIENCE)()
        described: dict[str, dict[str, Any]] = pkgutil.resolve_name(_DESCRIBE)(
            self._stored, patience
        )
        return described
