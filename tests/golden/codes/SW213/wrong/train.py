from __future__ import annotations


def mian() -> int:
    return 1
