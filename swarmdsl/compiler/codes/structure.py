"""SW0xx and SW1xx: loading a swarm, and the shape of its graph."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW001": Code(
        title="execute() raised",
        explanation="""
            `execute()` runs once, on the machine that compiles, and only describes the graph. It
            must not need data, nodes or packages that are only there when the swarm runs. A
            relative path starts at the folder in which the command is started, and a task has no
            value yet: what it returns reaches the tasks after it.
        """,
        bad="""
            def execute(self):
                return Task(train, inputs={"rounds": self.rounds})  # nobody set self.rounds
        """,
        good="""
            def __init__(self, rounds=10):
                super().__init__()
                self.rounds = rounds
        """,
    ),
    "SW101": Code(
        title="task graph has a cycle",
        explanation="""
            A task starts when what it comes after has finished, so tasks in a cycle would wait for
            one another for ever. `scheduler(aggregator(trainers))` is a chain, not a cycle: a
            swarm repeats by running the whole graph again, round after round; `self.loop(a, b)`
            brings what a pushed in one round to b in the next.
        """,
        bad="""
            aggregator(trainers)
            trainers(aggregator)
        """,
        good="""
            class Learning(Swarm):
                def __init__(self):
                    super().__init__(max_iteration=10)

                def execute(self):
                    self.loop(aggregator, trainers)
                    return aggregator(trainers)
        """,
    ),
    "SW102": Code(
        title="alias is given to several tasks",
        explanation="""
            An alias names one task, in links, results and on the screen. Only explicit aliases can
            clash: tasks without one are called after their module, and numbered if there are
            several.
        """,
        bad="""
            workers = [Task(work, alias="worker") for _ in range(4)]
        """,
        good="""
            workers = [Task(work, alias=f"worker_{i}") for i in range(4)]
        """,
    ),
    "SW103": Code(
        title="execute() returned no task",
        explanation="""
            `execute()` returns the last task of the graph, or a list of them. All that they come
            after belongs to the graph too.
        """,
        bad="""
            def execute(self):
                merge(mappers)
        """,
        good="""
            def execute(self):
                return merge(mappers)
        """,
    ),
    "SW104": Code(
        title="the same edge is declared twice",
        explanation="""
            Calls of a task accumulate: `b(a)` and then `b(c)` means that b comes after both. The
            same source named twice would deliver everything twice.
        """,
        bad="""
            merge(count)
            return merge([count, other])
        """,
        good="""
            return merge([count, other])
        """,
    ),
    "SW105": Code(
        title="a task was called with something that is no task",
        explanation="""
            Calling a task draws edges, it hands over no values. The value of a parameter comes
            from a task, or is fixed with `inputs=`.
        """,
        bad="""
            Task(count)(["some", "lines"])
        """,
        good="""
            Task(count, inputs={"lines": ["some", "lines"]})
        """,
    ),
    "SW106": Code(
        title="alias cannot be used as a name",
        explanation="""
            A task's alias (or the name of its module, where it has none) becomes part of
            `alias@node#replica`, of addresses and of file names. It is 1 to 64 letters, digits,
            `_`, `.` or `-`, and does not start with a dot or dash. `run` is the run itself.
        """,
        bad="""
            Task(train, alias="trainer @ home")
        """,
        good="""
            Task(train, alias="trainer-home")
        """,
    ),
    "SW107": Code(
        title="nothing is pushed to a daemon",
        severity="warning",
        explanation="""
            A daemon acts when something is pushed to it. One that comes after no task never does,
            unless it has methods marked with `@call`, or `produce()`.
        """,
        bad="""
            return Task(Sum, "any")
        """,
        good="""
            return Task(Sum, "any")(Task(numbers, "any"))
        """,
    ),
    "SW108": Code(
        title="a task is no part of the graph",
        severity="warning",
        explanation="""
            The graph is what `execute()` returns and all that it comes after. A task that was made
            but does not lead there never runs.
        """,
        bad="""
            Task(save)(train)
            return train
        """,
        good="""
            return Task(save)(train)
        """,
    ),
    "SW113": Code(
        title="a loop that never comes round",
        severity="warning",
        explanation="""
            A loop brings values from one round to the next. A swarm without `max_iteration` runs
            one round, and another one after each round in which a task has asked for it with
            `schedule_next_iter()`. So where there is no `max_iteration` and no code that names that
            call, or where `max_iteration` is 1, there is no round to bring anything to. (A loop
            that runs for ever is none of these: `max_iteration` ends it, or a round in which nobody
            asks, or `stop_swarm()`.)
        """,
        bad="""
            class Walk(Swarm):
                def execute(self):
                    walker = Task(step, "any")
                    self.loop(walker, walker)
                    return walker
        """,
        good="""
            class Walk(Swarm):
                max_iteration = 10
        """,
    ),
    "SW114": Code(
        title="rounds that nothing ends",
        severity="warning",
        explanation="""
            A swarm without `max_iteration` runs another round whenever a task has asked for it with
            `schedule_next_iter()`. Here a task asks for the whole graph, and so for itself, each
            time that it runs: its source has nothing that could keep it from asking. And no code of
            the swarm names `stop_swarm()`. Such a run goes on until somebody stops it. Only a
            function, or the `main()` of a script, is looked into, and not what it calls.
        """,
        bad="""
            def again(loss: float, world: World) -> None:
                world.schedule_next_iter()
        """,
        good="""
            def again(loss: float, world: World) -> None:
                if loss > 0.1:
                    world.schedule_next_iter()
        """,
    ),
    "SW115": Code(
        title="a task behind a source that never ends",
        severity="info",
        explanation="""
            A function, a script or a program begins when all that feeds it has ended. Here a
            source feeds it that goes on and on: `produce()` has a loop without a way out, or no
            method of a module with timers calls `self.finish()`. So the task begins when somebody
            stops the run, with `swarm stop` say, and then it has all that the source has pushed.
            What `produce()` calls is not looked into.
        """,
        bad="""
            class Readings(Daemon):
                async def produce(self) -> AsyncIterator[float]:
                    while True:
                        yield await reading()

            def mean(readings: list[float]) -> float: ...

            Task(mean)(Task(Readings))
        """,
        good="""
            class Readings(Daemon):
                async def produce(self) -> AsyncIterator[float]:
                    for _ in range(1000):
                        yield await reading()

            def mean(readings: list[float]) -> float: ...

            Task(mean)(Task(Readings))
        """,
    ),
    "SW116": Code(
        title="a program that holds up a stream",
        severity="info",
        explanation="""
            A program or an image is run when all that feeds it has ended, and has all of it then.
            Between a daemon module that pushes as time goes by and one that handles pushes as they
            come it holds them up: what was to be a stream arrives at the end. A daemon module can
            hold a program for as long as the run lasts, and ask it a line for each push.
        """,
        bad="""
            loud = Module(command=["./loud"], takes=Sample, yields=Alarm)

            Task(Alarms)(Task(loud)(Task(Sensor)))
        """,
        good="""
            class Loud(Daemon):
                def on_start(self, world: World) -> None:
                    self.loud = Companion([world.globals["loud"]])

                @on
                def take(self, sample: Sample) -> Alarm | None:
                    answer = self.loud.ask(f"{sample.value}")
                    return Alarm(sample.number) if answer == "loud" else None

            Task(Alarms)(Task(Loud)(Task(Sensor)))
        """,
    ),
}
