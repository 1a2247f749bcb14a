"""What the kernel knows of the TCP connections of this process: round trips, and what was lost."""

from __future__ import annotations

import ctypes
import functools
import os
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from itertools import islice
from pathlib import Path

from swarmdsl.transport.base import Connection, Reading

DESCRIPTORS_MAX = 4_096  # that are looked at; connections beyond them are not measured
FILES = Path("/proc/self/fd")

Remote = tuple[str, int]
"""A host, as an address, and a port."""

# Of `struct tcp_info`, as Linux has had it since 4.6: tcpi_rtt (in microseconds),
# tcpi_total_retrans, tcpi_data_segs_out.
_INFO_BYTES = 160
_ROUND_TRIP, _RETRANSMITTED, _SEGMENTS = 68, 100, 156
_COUNT = struct.Struct("=I")
_INET = struct.Struct("=2s2s4s")  # family, port, address
_INET6 = struct.Struct("=2s2s4x16s")
_PLACE_BYTES = 128  # of `struct sockaddr_storage`


def remote_of(endpoint: str) -> Remote | None:
    """Where `tcp://host:port` is, if its host is an address: names are not looked up.

    >>> remote_of("tcp://10.0.0.1:4711"), remote_of("tcp://[0::1]:80"), remote_of("ipc:///run/it")
    (('10.0.0.1', 4711), ('::1', 80), None)
    """
    scheme, _, place = endpoint.partition("://")
    host, _, port = place.rpartition(":")
    if scheme != "tcp" or not port.isdecimal():
        return None
    try:
        return str(ip_address(host.strip("[]"))), int(port)
    except ValueError:
        return None


def tcp_readings(dialled: Mapping[Remote, Connection]) -> list[Reading]:
    """One reading for each TCP connection of this process to one of these places.

    Sockets that the user's code has opened are not among them, unless they lead to the same
    place. Where the kernel is not Linux there are none.
    """
    if not dialled or not FILES.is_dir():
        return []
    with os.scandir(FILES) as files:
        numbers = [int(file.name) for file in islice(files, DESCRIPTORS_MAX)]
    found = (_reading(number, dialled) for number in numbers)
    return [reading for reading in found if reading is not None]


# The C functions, and no socket objects: one that is made of a foreign descriptor gives it the time
# limit of `socket.setdefaulttimeout`, and so changes how its owner reads it. ZeroMQ's threads open
# and close descriptors meanwhile: one that is gone has no reading.


@functools.cache
def _c() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _reading(descriptor: int, dialled: Mapping[Remote, Connection]) -> Reading | None:
    info = ctypes.create_string_buffer(_INFO_BYTES)
    size = ctypes.c_uint32(_INFO_BYTES)
    asked = (descriptor, socket.IPPROTO_TCP, socket.TCP_INFO, info, ctypes.byref(size))
    if _c().getsockopt(*asked) != 0 or size.value < _INFO_BYTES:
        return None
    remote = _place(_c().getpeername, descriptor)
    local = _place(_c().getsockname, descriptor)
    connection = None if remote is None else dialled.get(remote)
    if connection is None or local is None:
        return None
    segments, retransmitted, round_trip_us = (
        _COUNT.unpack_from(info.raw, offset)[0]
        for offset in (_SEGMENTS, _RETRANSMITTED, _ROUND_TRIP)
    )
    return Reading(connection, local[1], segments, retransmitted, round_trip_us / 1e6)


def _place(asked: Callable[..., int], descriptor: int) -> Remote | None:
    """One end of a connection; None if it has none."""
    place = ctypes.create_string_buffer(_PLACE_BYTES)
    if asked(descriptor, place, ctypes.byref(ctypes.c_uint32(_PLACE_BYTES))) != 0:
        return None
    family = int.from_bytes(place.raw[:2], sys.byteorder)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    form = _INET if family == socket.AF_INET else _INET6
    _, port, host = form.unpack_from(place.raw)
    return str(ip_address(host)), int.from_bytes(port, "big")
