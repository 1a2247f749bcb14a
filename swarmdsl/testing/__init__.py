"""Test a swarm by simulation: the real program, in virtual time, with faults that a seed chooses.

This needs `greenlet`, which comes with `pip install swarmdsl[testing]`.
"""

from __future__ import annotations

from swarmdsl.testing.faults import SURVIVED, Fault, FaultKind
from swarmdsl.testing.outcome import Outcome
from swarmdsl.testing.simulate import simulate
from swarmdsl.testing.simulator import Simulation
from swarmdsl.testing.violation import Violation

__all__ = ["SURVIVED", "Fault", "FaultKind", "Outcome", "Simulation", "Violation", "simulate"]
