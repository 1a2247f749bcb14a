"""The MapReduce pattern of the Manta Swarm guide: ten mappers, one reducer, all of them scripts.

The modules are map.py and reduce.py beside this file; the swarm is the guide's.

    python examples/map_reduce_guide.py
"""

# The class below is kept as the guide prints it, down to its missing annotation.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"
# ruff: noqa: ANN201

from swarmdsl import Module, Swarm, Task

map_module = Module(name="map", python_program="map.py")
reduce_module = Module(name="reduce", python_program="reduce.py")


class MapReduce(Swarm):
    name = "mapreduce_job"

    def execute(self):
        # Map phase - parallel processing
        mappers = [Task(module=map_module, alias=f"mapper_{i}") for i in range(10)]

        # Reduce phase - aggregation
        reducer = Task(module=reduce_module, method="any", maximum=1, alias="reducer")

        # Connect mappers to reducer
        return reducer(mappers)


if __name__ == "__main__":
    total = MapReduce().run().value
    print(f"{total['primes']} primes below {total['below']}, the largest is {total['largest']}")
