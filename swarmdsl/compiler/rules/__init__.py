"""The rules, one family per file: each looks at a draft and yields what is wrong with it.

A rule says nothing about what another rule has already refused, so one mistake is one finding.
A new rule is a function here and a row in the table of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.rules.capacity_declared import check_capacity_declared
from swarmdsl.compiler.rules.constants import check_globals, check_inputs
from swarmdsl.compiler.rules.delivery import check_delivery
from swarmdsl.compiler.rules.deployment import check_images, check_not_carried_out
from swarmdsl.compiler.rules.edges import (
    check_control_policies,
    check_keys,
    check_pairs,
    check_policies,
)
from swarmdsl.compiler.rules.endless import check_endless
from swarmdsl.compiler.rules.flattening import check_flattened
from swarmdsl.compiler.rules.flow import check_bindings, check_untaken
from swarmdsl.compiler.rules.generators import check_generators
from swarmdsl.compiler.rules.hosts import check_hosts, check_nodes_by_host
from swarmdsl.compiler.rules.limits import check_limits
from swarmdsl.compiler.rules.listening import check_ports
from swarmdsl.compiler.rules.loops import check_loops, check_rounds
from swarmdsl.compiler.rules.lost_updates import check_lost_updates
from swarmdsl.compiler.rules.misplaced import check_misplaced
from swarmdsl.compiler.rules.missing_datasets import check_missing_datasets
from swarmdsl.compiler.rules.near_datasets import check_near_datasets
from swarmdsl.compiler.rules.networks import (
    check_declared_networks,
    check_networks_of_tasks,
    check_unused_networks,
)
from swarmdsl.compiler.rules.placement import (
    check_fixed,
    check_inventory,
    check_nodes,
    check_unknown_nodes,
)
from swarmdsl.compiler.rules.ports import check_annotations, check_daemons, check_handlers
from swarmdsl.compiler.rules.programs import check_foreign
from swarmdsl.compiler.rules.recovery import check_halves, check_sources
from swarmdsl.compiler.rules.repeated_work import check_repeated_work
from swarmdsl.compiler.rules.requirements import check_requirements
from swarmdsl.compiler.rules.resources import check_narrowed, check_resources, check_unstated
from swarmdsl.compiler.rules.results import check_results
from swarmdsl.compiler.rules.running import check_running
from swarmdsl.compiler.rules.scheduling import check_scheduling, check_swarm
from swarmdsl.compiler.rules.structure import (
    check_aliases,
    check_cycles,
    check_duplicates,
    check_left_out,
    check_repeated_edges,
)
from swarmdsl.compiler.rules.timers import check_timers
from swarmdsl.compiler.rules.together import check_together
from swarmdsl.compiler.rules.travel import check_readable, check_sendable
from swarmdsl.compiler.rules.undealt import check_undealt
from swarmdsl.compiler.rules.unending import check_dammed, check_unending
from swarmdsl.compiler.rules.unfed import check_unfed

Rule = Callable[[Draft], Iterator[Diagnostic]]

RULES: tuple[Rule, ...] = (
    check_swarm,
    check_limits,
    check_misplaced,
    check_cycles,
    check_duplicates,
    check_aliases,
    check_repeated_edges,
    check_left_out,
    check_delivery,
    check_annotations,
    check_generators,
    check_handlers,
    check_daemons,
    check_timers,
    check_halves,
    check_sources,
    check_requirements,
    check_policies,
    check_control_policies,
    check_keys,
    check_undealt,
    check_pairs,
    check_results,
    check_loops,
    check_rounds,
    check_endless,
    check_unending,
    check_dammed,
    check_bindings,
    check_untaken,
    check_unfed,
    check_readable,
    check_sendable,
    check_flattened,
    check_inputs,
    check_globals,
    check_scheduling,
    check_capacity_declared,
    check_inventory,
    check_fixed,
    check_nodes,
    check_unknown_nodes,
    check_nodes_by_host,
    check_resources,
    check_narrowed,
    check_near_datasets,
    check_missing_datasets,
    check_unstated,
    check_together,
    check_repeated_work,
    check_lost_updates,
    check_not_carried_out,
    check_images,
    check_running,
    check_foreign,
    check_ports,
    check_hosts,
    check_declared_networks,
    check_networks_of_tasks,
    check_unused_networks,
)
