"""From a swarm to its topology, or to everything that is wrong with it."""

from swarmdsl.compiler.codes import explain
from swarmdsl.compiler.diagnostics import Diagnostic, Related
from swarmdsl.compiler.pipeline import Compilation, compile_swarm
from swarmdsl.compiler.target import load_target

__all__ = ["Compilation", "Diagnostic", "Related", "compile_swarm", "explain", "load_target"]
