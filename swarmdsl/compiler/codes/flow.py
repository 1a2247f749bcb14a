"""SW2xx: modules, their types, and the values that are handed to them."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW201": Code(
        title="the value does not fit",
        explanation="""
            Nothing that the source yields has the type of a parameter or handler of the task after
            it. A parameter gathers (it gets a list, even of one) if its source is scheduled with
            `all`, `maximum` or `fixed`, if it may push several values (a daemon, a generator, a
            program, a task that runs for each result), or if several tasks push there. Otherwise
            it gets the one value, which is no list. An int fits a float, a subclass its base
            class, and anything fits `Any`.
        """,
        bad="""
            def count(lines: list[str]) -> dict[str, int]: ...
            def merge(counts: dict[str, int]) -> int: ...

            Task(merge, "any")(Task(count, "all"))
        """,
        good="""
            def merge(counts: list[dict[str, int]]) -> int:
                return sum(one["a"] for one in counts)  # the body works on a list, too
        """,
    ),
    "SW202": Code(
        title="a parameter gets no value, or more than one task could supply it",
        explanation="""
            A parameter is bound to the task whose alias is its name, else by type: to the source
            that fits it best. A parameter without a default needs a source or a constant in
            `inputs=`. If a source fits two parameters (or two handlers) equally well, names decide.
        """,
        bad="""
            def compare(left: int, right: int) -> bool: ...

            Task(compare, "any")([first, second])  # both yield int
        """,
        good="""
            first = Task(read, "any", alias="left")
            second = Task(read, "any", alias="right")
        """,
    ),
    "SW203": Code(
        title="a port has no annotation",
        severity="info",
        explanation="""
            Without an annotation any value is taken, and nothing is checked. That is allowed. An
            annotation that cannot be resolved (a name that is imported for the type checker alone)
            counts as none.
        """,
        bad="""
            def count(lines): ...
        """,
        good="""
            def count(lines: list[str]) -> dict[str, int]: ...
        """,
    ),
    "SW204": Code(
        title="the module cannot be found",
        explanation="""
            A program is a function, a subclass of `Daemon`, or a script: a file whose name ends in
            `.py`, a package's folder, or source text of several lines. With `command=` it is
            any executable: one on `PATH`, or a file that may be executed. A relative path starts at
            the folder of the file that says `Module(...)`.
        """,
        bad="""
            Module("no_such_file.py")
        """,
        good="""
            Module("train.py")  # beside this file, with a function main()
        """,
    ),
    "SW205": Code(
        title="the value cannot travel",
        explanation="""
            Globals and `inputs=` are written into the topology or beside it, so they must have a
            form that another process can read: numbers, texts, bytes, lists, dicts, arrays,
            dataclasses of these.
        """,
        bad="""
            self.set_global("log", open("log.txt"))
        """,
        good="""
            self.set_global("log", "log.txt")
        """,
    ),
    "SW206": Code(
        title="inputs= names no parameter",
        explanation="""
            `inputs=` binds parameters of a function by name. A daemon has class attributes instead,
            and a script reads globals.
        """,
        bad="""
            Task(count, inputs={"line": ["a b"]})  # the parameter is called lines
        """,
        good="""
            Task(count, inputs={"lines": ["a b"]})
        """,
    ),
    "SW207": Code(
        title="a value that nothing takes",
        explanation="""
            A task yields a type of value that none of the tasks after it takes. Pushing it would
            fail when the swarm runs, since no value is ever dropped in silence.
        """,
        bad="""
            def read() -> int | str: ...
            def add(number: int) -> int: ...

            Task(add, "any")(Task(read, "any"))
        """,
        good="""
            def add(number: int | str) -> int: ...
        """,
    ),
    "SW208": Code(
        title="a daemon that cannot be made or called",
        explanation="""
            A daemon is made without arguments when its process starts. Its handlers are marked with
            `@on` and take one push at a time. A daemon that comes after others needs a handler. Its
            `on_start` and `on_stop` are called without arguments, and what they return goes
            nowhere. A method is marked with `@on` or with `@call`, never with both. If its handlers
            push by themselves, `pushes` says what: a type, as in `pushes = int | str`.
        """,
        bad="""
            class Sum(Daemon):
                @on
                def add(self, left: int, right: int) -> int: ...
        """,
        good="""
            class Sum(Daemon):
                @on
                def add(self, number: int) -> int: ...
        """,
    ),
    "SW209": Code(
        title="a type that no push can be read as",
        explanation="""
            What travels is plain data; the receiver's annotation says what it is made into. Of a
            union, plain data must show which member it is: at most one dataclass or model, at most
            one array, at most one of list, tuple and set. Nothing can be made into a class without
            fields, or one that is derived from list or dict (a plain list arrives), nor into one
            whose fields are annotated with names that only a function knows.
        """,
        bad="""
            def show(shape: Circle | Square) -> None: ...  # two dataclasses

            Task(show, "any")(Task(draw, "any"))
        """,
        good="""
            class Show(Daemon):
                @on
                def circle(self, shape: Circle) -> None: ...
                @on
                def square(self, shape: Square) -> None: ...

            Task(Show, "any")(Task(draw, "any"))
        """,
    ),
    "SW210": Code(
        title="a type that cannot travel",
        explanation="""
            A push goes to another process, so its type must have a form that can be sent: numbers,
            texts, bytes, lists, dicts, sets, dates, enums, numpy arrays, and dataclasses,
            TypedDicts, NamedTuples, msgspec Structs or pydantic models of these. Nothing is ever
            pickled.
        """,
        bad="""
            def find() -> Path: ...
        """,
        good="""
            def find() -> str: ...  # return str(path)
        """,
    ),
    "SW211": Code(
        title="half of a pair",
        explanation="""
            A daemon module that defines `snapshot(self)` and `restore(self, state)` keeps its state
            when its process dies: the controller keeps what `snapshot` returned last, and hands it
            to `restore` in the next process. A source that defines `position(self)` and
            `seek(self, position)` goes on where it was, in the same way. One method without the
            other is of no use.
        """,
        bad="""
            class Sum(Daemon):
                def snapshot(self) -> int: ...
        """,
        good="""
            class Sum(Daemon):
                def snapshot(self) -> int: ...
                def restore(self, state: int) -> None: ...
        """,
    ),
    "SW212": Code(
        title="a source that is something else as well",
        explanation="""
            A daemon module that defines `produce(self)` is a source: it pushes what that generator
            yields, once in each round, and does nothing else. So it comes after no task, and has no
            handlers and no timers. One that has timers and comes after no task is a source too.
            What a source needs to go on in another process is `position` and `seek`; snapshots are
            for modules with handlers.
        """,
        bad="""
            class Numbers(Daemon):
                def produce(self) -> Iterator[int]: ...

            Task(Numbers, "any")(Task(read, "any"))
        """,
        good="""
            return Task(add, "any")(Task(Numbers, "any"))
        """,
    ),
    "SW225": Code(
        title="a timer that cannot be called",
        explanation="""
            A method marked with `@every(seconds=...)` is called by the clock, at most a thousand
            times a second, and `on_round_end` when all that is pushed in a round has been handled.
            There is no push to give to them, so they take nothing but what is handed in, like a
            `World`.
        """,
        bad="""
            class Pulse(Daemon):
                @every(seconds=0)
                def beat(self, number: int) -> int: ...
        """,
        good="""
            class Pulse(Daemon):
                @every(seconds=0.5)
                def beat(self) -> int: ...
        """,
    ),
    "SW221": Code(
        title="an annotation names what is not defined",
        severity="warning",
        explanation="""
            With `from __future__ import annotations`, or in quotes, an annotation is text that
            Python does not look at. If a name in it is misspelt, nobody knows the type, and nothing
            is checked. A name that the file imports for the type checker alone is another matter:
            it is told as SW203.
        """,
        bad="""
            def count(lines: list[strng]) -> int: ...
        """,
        good="""
            def count(lines: list[str]) -> int: ...
        """,
    ),
    "SW222": Code(
        title="a generator that says it gives one value",
        explanation="""
            A function with `yield` pushes each value that it yields, so its annotation is an
            `Iterator`, `Iterable` or `Generator` of them; with `async def` an `AsyncIterator`. With
            another annotation nobody knows what it pushes, and nothing could be checked.
        """,
        bad="""
            def numbers() -> int:
                yield 1
        """,
        good="""
            from collections.abc import Iterator

            def numbers() -> Iterator[int]:
                yield 1
        """,
    ),
}
