"""Knocks at a place on TCP with a key that is none of the run's: `python3 -m ... ADDRESS`.

It imports nothing of the tests, for it runs in a container that has no more than an image has.
"""

from __future__ import annotations

import sys

import zmq

from swarmdsl.transport.curve import dialling_options, new_key_pair
from swarmdsl.transport.tcp_addresses import ENCRYPTED, tcp_address

PATIENCE_MS = 3_000


def gets_in(address: str) -> bool:
    """Whether whoever listens there lets a stranger in."""
    place = tcp_address(address, ENCRYPTED)
    options = dialling_options(address, place, new_key_pair())
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        for option, value in {**options, zmq.IMMEDIATE: 1, zmq.LINGER: 0}.items():
            dealer.setsockopt(option, value)
        dealer.connect(place.endpoint)
        return bool(dealer.poll(PATIENCE_MS, zmq.POLLOUT))


if __name__ == "__main__":
    print("in" if gets_in(sys.argv[1]) else "refused")
