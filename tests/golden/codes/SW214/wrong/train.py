from __future__ import annotations


def main() -> int:
    return len("abc"
