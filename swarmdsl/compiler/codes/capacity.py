"""SW7xx: whether the swarm can keep up with its sources."""

from __future__ import annotations

from swarmdsl.compiler.codes.code import Code

TABLE = {
    "SW701": Code(
        title="a declared rate or time has a wrong value",
        explanation="""
            `rate=` is a number of pushes per second above 0, or a `Rate`; `service_time=` and
            `latency_budget` are seconds above 0; `yields_per_input=` is a number from 0. They are
            what the compiler works out the capacity from, and what is not declared is not worked
            out.
        """,
        bad="""
            Task(slices, method="any", rate="7.5/s")
        """,
        good="""
            Task(slices, method="any", rate=7.5)
        """,
    ),
    "SW702": Code(
        title="too few instances for what comes",
        severity="warning",
        explanation="""
            A task gets more pushes per second than its instances can work on: arrival x service
            time is the number of instances that are always busy. With fewer, the inboxes fill up,
            and the source waits from then on, or pushes are dropped. An instance works on one push
            at a time, and a task has one instance on a node.

            It is a warning, since the swarm is right and only too slow, and since a small inventory
            is often meant: a try on a laptop. `swarm validate --strict` fails on it.

            Where every instance gets every push (`broadcast`), more of them share nothing.
        """,
        bad="""
            worker = Task(transform, method="maximum", maximum=30, service_time=30.0)
            worker(Task(slices, method="any", rate=7.5), Condition.RESULT, policy="balance")
        """,
        good="""
            worker = Task(transform, method="maximum", maximum=225, service_time=30.0)
            worker(Task(slices, method="any", rate=7.5), Condition.RESULT, policy="balance")
        """,
    ),
    "SW703": Code(
        title="an inbox is smaller than a burst",
        severity="warning",
        explanation="""
            More pushes come at once than the inbox of one channel takes in. Then the sender waits,
            which a detector cannot; where `overflow=` allows it, pushes are dropped instead. What
            comes at once is `Rate(burst=...)` of a source, or `yields_per_input=` of a task.
        """,
        bad="""
            limits = Limits(inbox_messages=64)
            ...
            Task(camera, method="any", rate=Rate(10_000, burst=500))
        """,
        good="""
            limits = Limits(inbox_messages=512)
            ...
            Task(camera, method="any", rate=Rate(10_000, burst=500))
        """,
    ),
    "SW704": Code(
        title="a gather is larger than its bound",
        severity="warning",
        explanation="""
            A task that gathers a round gets all of it at once, so its sources keep what they pushed
            until the round ends: `limits.unconfirmed_messages` of it in memory, the rest in files
            of the run. All of it lies in the memory of the task that gathers. A round of this size
            is better worked on one by one.
        """,
        bad="""
            Task(total, method="any")(Task(camera, method="any", rate=Rate(10_000, lasts=60.0)))
        """,
        good="""
            Task(total, method="any")(
                Task(camera, method="any", rate=Rate(10_000, lasts=60.0)), Condition.RESULT
            )
        """,
    ),
    "SW705": Code(
        title="the latency of a path is larger than its budget",
        severity="warning",
        explanation="""
            The latency of a path is the sum of its stages from the source to the last task that
            works on pushes one by one. Each stage is the declared service time, and the mean wait
            before it, estimated by the theory of queues (M/M/c where `balance` deals the pushes,
            M/M/1 elsewhere). A task that is always busy makes pushes wait without end.
        """,
        bad="""
            latency_budget = 40.0
            ...
            Task(transform, method="maximum", maximum=226, service_time=30.0)
        """,
        good="""
            latency_budget = 40.0
            ...
            Task(transform, method="maximum", maximum=230, service_time=30.0)
        """,
    ),
    "SW706": Code(
        title="nothing reads a declared rate or time",
        severity="warning",
        explanation="""
            `rate=` is for sources: tasks that yield many values in a round and get none of them
            from other tasks. `service_time=` and `yields_per_input=` are for tasks to which pushes
            come one by one (a handler of a daemon module, or `Condition.RESULT`), from a source
            that has a rate. `latency_budget` needs both on one path. Anywhere else they would look
            like a promise and change nothing.
        """,
        bad="""
            Task(transform, method="any", rate=7.5)(source, Condition.RESULT)
        """,
        good="""
            Task(transform, method="any", service_time=0.1)(source, Condition.RESULT)
        """,
    ),
}
