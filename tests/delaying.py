"""Delays packets where the kernel has no `netem`: it hands each over, and gets it back later.

python -m tests.delaying QUEUE MILLISECONDS

Run in the network namespace whose rule has the target NFQUEUE with that number. What it says to
the kernel is written down in `linux/netfilter/nfnetlink_queue.h`. Once it listens it says
`delaying`, and it goes on until it is killed.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Iterator

NETLINK_NETFILTER = 12
QUEUE_SUBSYSTEM = 3
PACKET, VERDICT, CONFIG = 0, 1, 2
REQUEST, ACKNOWLEDGE = 1, 4
ERROR = 2
BIND, COPY_META = 1, 1
CONFIG_COMMAND, CONFIG_COPY, CONFIG_LENGTH = 1, 2, 3
PACKET_HEADER, VERDICT_HEADER = 1, 2
ACCEPT = 1
LENGTH = 100_000  # packets that may be on their way at once
BUFFER_BYTES = 8 << 20

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_FAMILY = struct.Struct(">BBH")  # address family, version, queue
_ATTRIBUTE = struct.Struct("=HH")  # length, type


def message(kind: int, queue: int, attributes: bytes, flags: int = REQUEST) -> bytes:
    body = _FAMILY.pack(0, 0, queue) + attributes
    length = _HEADER.size + len(body)
    return _HEADER.pack(length, QUEUE_SUBSYSTEM << 8 | kind, flags, 0, 0) + body


def attribute(kind: int, data: bytes) -> bytes:
    padding = b"\0" * (-len(data) % 4)
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(data), kind) + data + padding


def packets_in(data: bytes) -> Iterator[int]:
    """The numbers of the packets that the kernel hands over."""
    while len(data) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(data)
        if kind == QUEUE_SUBSYSTEM << 8 | PACKET:
            yield number_in(data[_HEADER.size + _FAMILY.size : length])
        data = data[(length + 3) & ~3 :]


def number_in(attributes: bytes) -> int:
    while attributes:
        length, kind = _ATTRIBUTE.unpack_from(attributes)
        if kind == PACKET_HEADER:
            return int.from_bytes(attributes[_ATTRIBUTE.size : _ATTRIBUTE.size + 4], "big")
        attributes = attributes[(length + 3) & ~3 :]
    raise ValueError("a packet without a number")


def bound_to(queue: int) -> socket.socket:
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    netlink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    netlink.bind((0, 0))
    for attributes in (
        attribute(CONFIG_COMMAND, struct.pack(">BBH", BIND, 0, socket.AF_INET)),
        attribute(CONFIG_COPY, struct.pack(">IB", 0, COPY_META)),
        attribute(CONFIG_LENGTH, struct.pack(">I", LENGTH)),
    ):
        netlink.send(message(CONFIG, queue, attributes, REQUEST | ACKNOWLEDGE))
        answer = netlink.recv(65_536)
        _, kind, *_ = _HEADER.unpack_from(answer)
        [problem] = struct.unpack_from("=i", answer, _HEADER.size)
        assert (kind, problem) == (ERROR, 0), f"the kernel gives no queue: error {-problem}"
    return netlink


def delay(netlink: socket.socket, queue: int, seconds: float) -> None:
    """Have each packet go on so much later, in their order, until this process ends."""
    waiting: deque[tuple[float, int]] = deque()
    while True:
        wait_s = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        if select.select([netlink], [], [], wait_s)[0]:
            now_s = time.monotonic()
            waiting += [(now_s + seconds, number) for number in packets_in(netlink.recv(1 << 20))]
        while waiting and waiting[0][0] <= time.monotonic():
            _, number = waiting.popleft()
            verdict = attribute(VERDICT_HEADER, struct.pack(">II", ACCEPT, number))
            netlink.send(message(VERDICT, queue, verdict))


if __name__ == "__main__":
    number, milliseconds = int(sys.argv[1]), float(sys.argv[2])
    opened = bound_to(number)
    sys.stdout.write("delaying\n")
    sys.stdout.flush()
    delay(opened, number, milliseconds / 1e3)
