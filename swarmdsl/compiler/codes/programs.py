"""SW456, SW457: modules that are no Python."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW456": Code(
        title="only a container engine starts the image",
        severity="info",
        explanation="""
            A module of an image alone has no Python code: the image's own entry point is what runs.
            The swarm compiles, and its topology names the image; the process engine refuses to run
            it.
        """,
        bad="""
            Module(None, "manta:pytorch")
        """,
        good="""
            Module("train.py", "manta:pytorch")
        """,
    ),
    "SW457": Code(
        title="this version does not run programs",
        severity="warning",
        explanation="""
            A module of a command is a program in any language. The swarm compiles, and its topology
            holds the command; no engine of this version runs it. `swarm run` and `Swarm.run` refuse
            such a swarm, as what this version does not carry out (SW401).
        """,
        bad="""
            Module(command=["./count", "--fast"])
        """,
        good="""
            def count(line: str) -> int:
                command = ["./count", "--fast", line]
                return int(subprocess.check_output(command))
        """,
    ),
}
