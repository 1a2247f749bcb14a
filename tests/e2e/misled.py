"""Engines whose daemons are told a wrong key: of the controller, or their own."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.deploy.engine import EngineOptions
from swarmdsl.deploy.engines.process import ProcessEngine
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.tcp_addresses import ENCRYPTED, tcp_address


class ToAnotherKey(ProcessEngine):
    """The daemons expect a key of the controller that it does not have."""

    def __init__(self, options: EngineOptions) -> None:
        place = tcp_address(options.controller, ENCRYPTED)._replace(key=new_key_pair().public)
        super().__init__(replace(options, controller=str(place)))


class WithOtherKeys(ProcessEngine):
    """The daemons have keys that the controller does not know."""

    def __init__(self, options: EngineOptions) -> None:
        keys = {name: new_key_pair() for name in options.access.keys}
        super().__init__(replace(options, access=replace(options.access, keys=keys)))
