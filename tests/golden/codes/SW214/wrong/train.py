from __future__ import annotations


def main() -> int:
    total = 0
    for number in range(3):
        total += number
return total
