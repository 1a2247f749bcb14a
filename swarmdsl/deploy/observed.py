"""What is wanted and what there is, as the two sides that `reconcile` compares. Pure values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swarmdsl.topology.model import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImage:
    """The image of some daemons. Nothing is called so before it is whole.

    Attributes:
        base: what its packages are installed on.
        environment: the image with the packages; "" while nobody knows, since the base
            is not here and has no id yet.
        name: its own; "" likewise.
        entered: the image of a module that all of this is put into, which must be here too for it
            to have a name; "" for none.
    """

    base: str
    environment: str = ""
    name: str = ""
    entered: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The images of others that are in it.

        >>> PlannedImage(base="python:3.11-slim", entered="postgres:17").sources
        ('python:3.11-slim', 'postgres:17')
        """
        return (self.base, self.entered) if self.entered else (self.base,)

    @property
    def made_from(self) -> str:
        """The one of them that it begins with.

        >>> PlannedImage(base="python:3.11-slim", entered="postgres:17").made_from
        'postgres:17'
        """
        return self.entered or self.base


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A swarm as it is to stand.

    Attributes:
        topology: that a run executes.
        engine: that starts its daemons.
        package: which swarmdsl its processes run: a digest of all of it.
        images: of each daemon, by its name; empty for an engine without containers.
        as_begun: the same swarm with the weights of nodes that the run which stands began with;
            None if they are the same. A run that goes on is compared with this one.
    """

    topology: Topology
    engine: str
    package: str
    images: Mapping[str, PlannedImage] = field(default_factory=dict)
    as_begun: Wanted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRun:
    """A run that was begun, and has not ended.

    Attributes:
        run: its id.
        engine: that starts its daemons.
        topology: as it was deployed last: what its images were made for.
        package: which swarmdsl its processes run, likewise.
        images: that the containers of its daemons have, by the names of the daemons.
        is_lost: nobody looks after it.
        orders: of the nodes of tasks, by alias, where the run was told another than its topology
            has.
        weights: of nodes, as the run was told of them last; those of its topology if it was not.
    """

    run: str
    engine: str
    topology: Topology
    package: str
    images: Mapping[str, str] = field(default_factory=dict)
    is_lost: bool = False
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What there is of a deployed swarm.

    Attributes:
        run: the run that stands; None if none does.
        here: the images that are here, of all that matter.
        containers: what dead controllers have left, by name.
        networks: likewise.
        made: the images that deploying it has made or pulled and that are here, each before what
            it is made from.
        shared: those of them that another deployed swarm needs too.
    """

    run: StandingRun | None = None
    here: frozenset[str] = frozenset()
    containers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    shared: frozenset[str] = frozenset()


NOTHING = Observed()
