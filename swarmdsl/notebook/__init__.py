"""Swarms in notebooks: `%swarm status`, `%%swarm_module NAME`, and runs that show where they are.

A swarm that stands alone in a cell shows its graph without any of this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from swarmdsl.notebook.progress import Progress

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Progress", "load_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext swarmdsl` does: the magics, and a word about runs that are let go."""
    from swarmdsl.notebook.cell_modules import CellModules
    from swarmdsl.notebook.left_behind import LeftBehind
    from swarmdsl.notebook.magic import Magic

    magic, left_behind = Magic(shell.user_ns), LeftBehind(shell.user_ns)
    register: Callable[..., None] = shell.register_magic_function
    register(magic.swarm, "line", "swarm")
    register(CellModules(shell.user_ns).swarm_module, "cell", "swarm_module")
    shell.events.register("post_run_cell", left_behind.after_cell)
