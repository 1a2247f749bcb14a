"""Every exception that swarmdsl raises on purpose, drawn as one tree.

```
SwarmError
├── CompileError          the graph has findings of severity error
├── TargetError           `file.py:Class` names nothing that can be compiled
├── TopologyError         a topology document cannot be read
│   └── DocumentWrong     it can, and is wrong in some places; all of them are listed
├── InventoryError        a description of nodes is wrong
├── BundleError           packaged code is missing, altered or cannot be imported
├── WireError             bytes that break the protocol
│   ├── EncodeError       a value has a type that cannot travel
│   ├── ContentsWrong     a value holds something else than its type says
│   ├── ValueTooLarge     a value has more bytes than a batch takes of one
│   └── DecodeError       a value does not have its declared type
├── TransportError        an address cannot be used
├── PushRefused           a pushed value that no link accepts
│   ├── ContentsRefused   one that holds something else than its type says
│   └── ReturnedWhole     one that was returned by what says that it yields its items
├── NothingReturned       a task returned None, and says that it returns something
├── DestinationUnknown    a handler pushed to a task that does not come after its own
├── KeyMissing            a pushed value has no such key
├── SpillFailed           what must be kept beyond memory cannot be kept on disk
├── PushTooLarge          a pushed value has more bytes than one may have
├── CannotStart           a module cannot be imported, or its `__init__` raises
├── PushTimedOut          a push found no credit for too long
├── SnapshotTooLarge      a daemon module's snapshot is larger than a run keeps
├── InputMissing          a required parameter received nothing in a round
├── InputUnreadable       what came for a parameter has not its type
├── TimeLimitExceeded     a run took longer than its task's `timeout`
├── MemoryLimitExceeded   a task asked for more memory than it may have
├── ScriptRaised          a script's `main()` raised
├── ScriptEnded           a script's process ended before its `main()` returned
├── ProgramNotStarted     a program in any language could not be executed
├── ProgramEnded          it ended with another exit code than 0, or by a signal
├── ProgramWroteWrong     it wrote what is no value, or none of its type
├── OutsideTask           code that only works inside a running task was called elsewhere
├── DatasetLeft           a path leads out of the dataset that it begins in
├── DatasetUnknown        a task names a dataset that it has not asked for
├── ConversionFailed      a value has no such bytes, or bytes are not what they should be
├── PackageMissing        a call needs a package of the user's that is not installed
├── CallFailed            the controller answered a call with an error
│   ├── GlobalMissing     a task reads a global that nobody has set
│   └── CallTimedOut      a call was not answered in time
├── CallRefused           a daemon module does not carry out a call
├── EngineError           a daemon could not be started or stopped
│   ├── KindNotStarted    an engine does not start modules of some kind
│   ├── PortsNotOpened    an engine does not open the ports that daemons were given
│   └── EngineGone        nothing of a run lives that an engine could be attached to
├── PlatformUnsupported   this operating system cannot run daemons
├── ExtraMissing          an optional part of swarmdsl is not installed
├── SimulationImpossible  something cannot be simulated
├── SimulationFailed      a simulated run broke a promise; it says how to repeat it
├── RunRefused            a run was started in a daemon, or while a target was loaded
├── SecretsWrong          a run is not given exactly the secrets that its tasks declare
├── RunUnkept             the folder of a run takes no more: full, or not writable
├── RunNotResumable       a run has ended, or somebody looks after it
├── RunNotFound           no stored run is named so, or several are
├── RunNotStarted         a run in the background ended before it could say how it stands
├── RunNotEnded           a run was waited for, or asked for its value, and goes on
├── RunUnreachable        nobody looks after a run, or who does takes no commands
├── DeploymentBusy        another process deploys under the same home
├── DeploymentUnreadable  what is kept of a deployed swarm cannot be read
├── DeploymentFailed      an operation of a plan was begun, and did not come to its end
├── StoreUnreadable       a file is not the store of a run, or a newer version wrote it
└── RunFailed             a run ended in another state than COMPLETED
```

Every class carries its facts as fields and writes its own message.
"""

from __future__ import annotations

from swarmdsl.errors.compiling import (
    BundleError,
    CompileError,
    DocumentWrong,
    InventoryError,
    TargetError,
    TopologyError,
)
from swarmdsl.errors.deployments import (
    DeploymentBusy,
    DeploymentFailed,
    DeploymentUnreadable,
)
from swarmdsl.errors.engines import (
    EngineError,
    EngineGone,
    ExtraMissing,
    KindNotStarted,
    PlatformUnsupported,
    PortsNotOpened,
)
from swarmdsl.errors.inside import (
    CallFailed,
    CallRefused,
    CallTimedOut,
    ConversionFailed,
    DatasetLeft,
    DatasetUnknown,
    GlobalMissing,
    OutsideTask,
    PackageMissing,
)
from swarmdsl.errors.root import (
    Finding,
    SwarmError,
)
from swarmdsl.errors.runs import (
    RunFailed,
    RunNotEnded,
    RunNotFound,
    RunNotResumable,
    RunNotStarted,
    RunRefused,
    RunUnkept,
    RunUnreachable,
    SecretsWrong,
    SimulationFailed,
    SimulationImpossible,
    StoreUnreadable,
)
from swarmdsl.errors.tasks import (
    CannotStart,
    ContentsRefused,
    DestinationUnknown,
    InputMissing,
    InputUnreadable,
    KeyMissing,
    MemoryLimitExceeded,
    NothingReturned,
    ProgramEnded,
    ProgramNotStarted,
    ProgramWroteWrong,
    PushRefused,
    PushTimedOut,
    PushTooLarge,
    ReturnedWhole,
    ScriptEnded,
    ScriptRaised,
    SnapshotTooLarge,
    SpillFailed,
    TimeLimitExceeded,
)
from swarmdsl.errors.wire import (
    ContentsWrong,
    DecodeError,
    EncodeError,
    TransportError,
    ValueTooLarge,
    WireError,
)

__all__ = [
    "Finding",
    "SwarmError",
    "CompileError",
    "TargetError",
    "TopologyError",
    "DocumentWrong",
    "InventoryError",
    "BundleError",
    "WireError",
    "EncodeError",
    "DecodeError",
    "ContentsWrong",
    "ValueTooLarge",
    "TransportError",
    "PushRefused",
    "ReturnedWhole",
    "ContentsRefused",
    "NothingReturned",
    "DestinationUnknown",
    "KeyMissing",
    "SpillFailed",
    "PushTimedOut",
    "PushTooLarge",
    "CannotStart",
    "SnapshotTooLarge",
    "InputMissing",
    "InputUnreadable",
    "TimeLimitExceeded",
    "MemoryLimitExceeded",
    "ScriptRaised",
    "ScriptEnded",
    "ProgramNotStarted",
    "ProgramEnded",
    "ProgramWroteWrong",
    "OutsideTask",
    "DatasetLeft",
    "DatasetUnknown",
    "ConversionFailed",
    "PackageMissing",
    "CallFailed",
    "GlobalMissing",
    "CallRefused",
    "CallTimedOut",
    "EngineError",
    "KindNotStarted",
    "PortsNotOpened",
    "EngineGone",
    "PlatformUnsupported",
    "ExtraMissing",
    "SimulationImpossible",
    "SimulationFailed",
    "RunRefused",
    "SecretsWrong",
    "RunUnkept",
    "RunNotFound",
    "RunNotStarted",
    "RunNotEnded",
    "RunUnreachable",
    "RunNotResumable",
    "DeploymentBusy",
    "DeploymentUnreadable",
    "DeploymentFailed",
    "StoreUnreadable",
    "RunFailed",
]

for _name in __all__:  # the path by which users import them is the one that a traceback shows
    globals()[_name].__module__ = __name__
