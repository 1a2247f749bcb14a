"""SW213 to SW220, SW223: the code of modules, what it needs, and what nothing reaches."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW213": Code(
        title="a script has no main()",
        explanation="""
            A script is entered at its function `main()`, at the top level of the file (of
            `__init__.py`, if it is a package). It is defined there with `def`, or imported there.
            What stands under `if __name__ == "__main__":` is not there when a script is imported,
            and nothing awaits an `async def`.
        """,
        bad="""
            # train.py
            def run():
                return 1
        """,
        good="""
            # train.py
            def main():
                return 1
        """,
    ),
    "SW214": Code(
        title="a source is not Python",
        explanation="""
            A script, or a file beside it that it imports, cannot be read by the version of Python
            that compiles. The finding stands at the line of that file; where the module was given
            as text, at the `Module(...)`, with the line of the text. Compiling reads a script and
            runs nothing of it.
        """,
        bad="""
            # train.py
            def main(:
                return 1
        """,
        good="""
            # train.py
            def main():
                return 1
        """,
    ),
    "SW215": Code(
        title="a requirement that cannot be read",
        explanation="""
            `requirements=` lists packages as pip takes them (PEP 508): a name, and behind it
            extras in brackets, versions, and a condition after `;`.
        """,
        bad="""
            Module(train, requirements=["numpy=1.26"])
        """,
        good="""
            Module(train, requirements=["numpy>=1.26", "pandas[excel]; python_version < '3.13'"])
        """,
    ),
    "SW216": Code(
        title="a requirement is not installed",
        explanation="""
            The process engine runs tasks in the Python environment of the command that starts the
            run. It installs nothing, so what a module requires must be there already: a package of
            that name, in that version, with what its extras need. Nothing is looked up in the
            network. A requirement whose condition does not hold here is passed over. Requirements
            that are met are noted in the topology.
        """,
        bad="""
            Module(train, requirements=["nump"])
        """,
        good="""
            Module(train, requirements=["numpy"])  # installed here
        """,
    ),
    "SW217": Code(
        title="code that cannot be packaged",
        explanation="""
            A function at the top level of a file travels with that file. A closure, a lambda, a
            partial or code of a notebook is packaged by value, together with all that it holds on
            to; and what exists only in this process, like a lock, a socket or a file that is open
            for writing, has no value that another one could read. The finding names the variable.
            (A file that is open for reading travels as a copy of what it contains.)
        """,
        bad="""
            lock = threading.Lock()
            Task(lambda: lock.locked(), "any")
        """,
        good="""
            def work() -> bool:
                lock = threading.Lock()
                return lock.locked()

            Task(work, "any")
        """,
    ),
    "SW218": Code(
        title="a folder that is no package",
        explanation="""
            A module that is a folder is a package: its `__init__.py` defines `main()`, or imports
            it from a file of the package.
        """,
        bad="""
            Module("trainer")  # trainer/train.py alone
        """,
        good="""
            Module("trainer")  # trainer/__init__.py says: from trainer.train import main
        """,
    ),
    "SW219": Code(
        title="a handler that nothing feeds",
        severity="warning",
        explanation="""
            None of the tasks that the daemon comes after yields what the handler takes, so it is
            never called. Often its annotation is not the type that was meant, and the pushes go to
            a wider handler. A handler that takes `Any` may be left without pushes.
        """,
        bad="""
            class Show(Daemon):
                @on
                def number(self, value: int) -> None: ...

                @on
                def text(self, value: str) -> None: ...

            Task(Show, "any")(Task(read_number, "any"))
        """,
        good="""
            Task(Show, "any")([Task(read_number, "any"), Task(read_text, "any")])
        """,
    ),
    "SW220": Code(
        title="a value that arrives as plain data",
        severity="info",
        explanation="""
            Plain data travels, and the receiver's annotation says what it is made into. `Any`,
            `object` and a container without arguments say nothing: there a record arrives as a
            dict, an enumeration as its value, a set or a tuple as a list, a date as text. That is
            allowed, and what a task wants that takes whatever comes.
        """,
        bad="""
            def find() -> Point: ...
            def show(points: list) -> None: ...
        """,
        good="""
            def show(points: list[Point]) -> None: ...
        """,
    ),
    "SW223": Code(
        title="an annotation that is no type",
        explanation="""
            An annotation says which type a parameter takes, or a result has. A tuple, a list or a
            dict of types is none, nor is a function that makes values of a type, as `np.array`, or
            a value. The finding says what to write: `tuple[int, float]`, `list[int]`,
            `dict[str, int]`, `np.ndarray`.
        """,
        bad="""
            def measure() -> (int, float): ...
        """,
        good="""
            def measure() -> tuple[int, float]: ...
        """,
    ),
}
