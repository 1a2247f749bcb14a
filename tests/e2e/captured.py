"""All that passes an interface of this machine while a block runs; needs root."""

from __future__ import annotations

import os
import select
import socket
import struct
import threading

ALL = 0x0003  # ETH_P_ALL
SOL_PACKET, ADD_MEMBERSHIP, PROMISCUOUS = 263, 1, 1  # from linux/if_packet.h
FRAME_BYTES_MAX = 65_536
CAPTURED_BYTES_MAX = 64 * 1024 * 1024


class Capture:
    """Every frame of one interface, from when this is made until it is stopped.

    Raises:
        PermissionError: this process may not capture.
    """

    def __init__(self, interface: str) -> None:
        self._seen = bytearray()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CAPTURED_BYTES_MAX)
        self._socket.bind((interface, 0))
        # Else a bridge shows what is for this machine, and not what goes from one port to another.
        wanted = struct.pack("iHH8s", socket.if_nametoindex(interface), PROMISCUOUS, 0, b"")
        self._socket.setsockopt(SOL_PACKET, ADD_MEMBERSHIP, wanted)
        self._end, self._ender = os.pipe()
        self._thread = threading.Thread(target=self._capture, daemon=True)
        self._thread.start()

    def _capture(self) -> None:
        poll = select.poll()
        for descriptor in (self._socket.fileno(), self._end):
            poll.register(descriptor, select.POLLIN)
        while self._end not in dict(poll.poll()):
            try:
                self._seen += self._socket.recv(FRAME_BYTES_MAX)
            except OSError:  # The interface is gone, and with it the network.
                return
            assert len(self._seen) < CAPTURED_BYTES_MAX, "more than the tests ever send"

    def stop(self) -> bytes:
        """All that was seen."""
        os.write(self._ender, b".")
        self._thread.join()
        self._socket.close()
        os.close(self._end)
        os.close(self._ender)
        return bytes(self._seen)
