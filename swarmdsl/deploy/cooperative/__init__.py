"""Daemons that share one thread: greenlets that give way wherever a process of its own would wait.

In virtual time they are a simulation (`swarmdsl.testing`); in real time, a run for a debugger
(`swarmdsl.deploy.engines.immediate`). Both need `greenlet`, which is an optional part.
"""

from __future__ import annotations

from importlib.util import find_spec

from swarmdsl.errors import ExtraMissing

if find_spec("greenlet") is None:
    raise ExtraMissing("testing", "greenlet")
