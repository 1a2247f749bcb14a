"""The bugs that are planted in what lets functions share a run, and in what happens to it."""

from __future__ import annotations

from tests.mutation.mutation import Mutation

FUSED = "topology/fused.py"
FUSED_PROGRAM = "daemon/fused_program.py"
INTAKE = "control/intake.py"
CONTROLLER = "control/controller.py"

SHARED_RUNS = (
    Mutation(
        name="what_is_bundled_has_the_number_of_another",
        bug="What a function gives travels with the number of the first that shares its run.",
        file=FUSED_PROGRAM,
        find="push(Along((member.number, blob), link))",
        replacement="push(Along((self._members[0].number, blob), link))",
        swarm="fused",
    ),
    Mutation(
        name="what_is_bundled_is_decoded_once",
        bug="Functions that share a run are given one value, which another may have changed.",
        file=FUSED_PROGRAM,
        find="return [value for blob in blobs for value in decode(_payload(blob))]",
        replacement=(
            "once = globals().setdefault('_ONCE', {})\n"
            "            return [\n"
            "                value\n"
            "                for blob in blobs\n"
            "                for value in once.setdefault(\n"
            "                    id(blob), (blob, decode(_payload(blob)))\n"
            "                )[1]\n"
            "            ]"
        ),
        swarm="fused",
    ),
    Mutation(
        name="a_link_that_is_shared_bears_what_the_first_does",
        bug="If the first link between two runs bears no values, those of the others are lost.",
        file=FUSED,
        find="bears = (source, destination) in carried",
        replacement="bears = link.port is not None",
        swarm="fused",
    ),
    Mutation(
        name="a_function_that_moved_with_its_run_leaves_its_results",
        bug="What a function has left that shared the run of an instance which is gone stays.",
        file=INTAKE,
        find="for name in self._found.names_of(instance):",
        replacement="for name in (instance,):",
        swarm="fused_moved",
        seed=34,
    ),
    Mutation(
        name="a_function_that_moved_with_its_run_reads_what_is_newer",
        bug="A function that shares its run and is executed again elsewhere reads a newer global.",
        file=CONTROLLER,
        find="names = map(self._found.names_of, (instance, heir))",
        replacement="names = [instance], [heir]",
        swarm="fused_moved",
        seed=61,
    ),
)
