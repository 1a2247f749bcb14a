r"""How long a push waits before it is worked on: an estimate from the theory of queues.

A task whose pushes are dealt by `balance` is read as *M/M/c*: one queue before `c` instances, of
which the next free one takes the next push. With `a = arrival x service time` (in erlangs) and
utilisation `rho = a / c`, the mean wait is

    wait = C(c, a) * service_time / (c - a)         where C(c, a) = B / (1 - rho * (1 - B))

and `B = B(c, a)` follows from `B(0, a) = 1`, `B(n, a) = a B(n-1, a) / (n + a B(n-1, a))`. Wherever
an instance cannot choose (`broadcast`, `key`, `pair`) each is a queue of its own, *M/M/1*, which is
the same with `c = 1`: `wait = rho * service_time / (1 - rho)`.

The source is A. K. Erlang (1917); L. Kleinrock, *Queueing Systems*, volume 1 (1975), chapters 3.2
and 3.8. It assumes that pushes come independently of one another (Poisson) and that service times
vary a lot (exponential, with the declared mean). Pushes that come evenly wait less, and so do those
whose work always takes the same time: about half as long. Bursts make them wait longer. It is a
mean, not a worst case, and `balance` comes close to one common queue without being one.
"""

from __future__ import annotations

import math


def mean_wait(*, arrival: float, service_time: float, servers: int) -> float:
    """Seconds that a push waits on average; infinite if the servers have no time to spare.

    Args:
        arrival: pushes per second over all servers.
        service_time: seconds that one server works on one push.
        servers: how many share the queue.

    >>> round(mean_wait(arrival=0.5, service_time=1.0, servers=1), 9)
    1.0
    >>> mean_wait(arrival=7.5, service_time=30.0, servers=225)
    inf
    >>> 20 < mean_wait(arrival=7.5, service_time=30.0, servers=226) < 30
    True
    """
    offered = arrival * service_time
    if offered >= servers:
        return math.inf
    return waiting_share(offered, servers) * service_time / (servers - offered)


def waiting_share(offered: float, servers: int) -> float:
    """The share of pushes that find all servers busy (Erlang's formula C).

    >>> waiting_share(0.5, 1), round(waiting_share(1.0, 2), 4)
    (0.5, 0.3333)
    """
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))
