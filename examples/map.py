"""A mapper of map_reduce_guide.py: finds the primes in its tenth of the numbers.

Its alias says which tenth: `mapper_3` takes the numbers from 3000 to 3999.
"""

from __future__ import annotations

from swarmdsl.light import Task

NUMBERS = 1000  # per mapper


class Mapper(Task):
    def run(self) -> list[int]:
        alias = self.task_id.partition("@")[0]
        first = NUMBERS * int(alias.rpartition("_")[2])
        return [number for number in range(first, first + NUMBERS) if is_prime(number)]


def is_prime(number: int) -> bool:
    return number > 1 and all(number % factor for factor in range(2, int(number**0.5) + 1))


def main() -> list[int]:
    return Mapper().run()
