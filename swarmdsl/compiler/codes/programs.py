"""SW456: modules that are an image alone. SW457 was of programs before they were run."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW456": Code(
        title="only a container engine starts the image",
        severity="info",
        explanation="""
            A module of an image alone has no Python code: the image's own entry point is what runs.
            The swarm compiles, and its topology names the image. The process engine refuses to run
            it; engines with containers (`docker`, `docker-swarm`, `compose`) run it, as a program.
        """,
        bad="""
            Module(None, "manta:pytorch")
        """,
        good="""
            Module("train.py", "manta:pytorch")
        """,
    ),
}
