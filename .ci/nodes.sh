#!/usr/bin/env bash
# A Docker Swarm of several nodes for the tests, on one machine: each node is a Docker Engine in
# namespaces of its own (network, processes, mounts, host name) on a bridge that is the wire between
# them. To end the first process of a node is to pull its plug: nothing of it lives on.
#
#   eval "$(.ci/nodes.sh up)"   three nodes that are ready, whatever was before: what is dead is
#                               started, what is isolated is connected, who joined later is ended,
#                               labels are gone (if node1 is dead: a new swarm altogether);
#                               tells DOCKER_HOST (node1, the manager), SWARM_REGISTRY, which all
#                               nodes can pull from, and SWARM_BASE_IMAGE, which they have
#   .ci/nodes.sh env            the same lines, and changes nothing; fails if there are no nodes
#   .ci/nodes.sh join N         one node more, as in `join 4`
#   .ci/nodes.sh kill N         pull the plug: its engine and its containers are gone at once
#   .ci/nodes.sh restart N      start it again, after a `kill` or as it is; it is in the swarm as before
#   .ci/nodes.sh isolate N      pull its cable: it lives on and hears nobody
#   .ci/nodes.sh rejoin N       plug it in again
#   .ci/nodes.sh host N         the DOCKER_HOST of one node
#   .ci/nodes.sh down          end all; only image layers stay, so that the next `up` is quick
#   .ci/nodes.sh purge          end all and remove the image layers too
#
# The machine is 10.77.0.254 for the nodes, node N is 10.77.0.N. The swarm takes a node for lost
# some 3 s after its last sign of life. Where the kernel has no IPVS services need the endpoint
# mode `dnsrr`. Needs root; installs Debian's packages if they are not there.
set -euo pipefail

COUNT=${NODES:-3}
MOST=9
BASE_IMAGE=${SWARM_BASE_IMAGE:-swarmdsl-base:py311}
STATE=/run/swarmdsl-nodes
DATA=/var/tmp/swarmdsl-nodes
BRIDGE=swarmnodes
NET=10.77.0
REGISTRY=$NET.254:5000
CGROUPS=/sys/fs/cgroup
PATIENCE_S=30
HERE=$(cd "$(dirname "$0")" && pwd)

say() { echo "nodes: $*" >&2; }

fail() {
    say "$*"
    exit 1
}

# until_true WHAT COMMAND...: wait for it, not for ever
until_true() {
    local what=$1 deadline=$((SECONDS + PATIENCE_S))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || fail "$what: not after $PATIENCE_S s; logs are in $STATE"
        sleep 0.1
    done
}

host_of() { echo "unix://$STATE/node$1/docker.sock"; }

on() { DOCKER_HOST=$(host_of "$1") docker "${@:2}"; }

answers() { on "$1" version; }

install_packages() {
    command -v dockerd >/dev/null && command -v iptables >/dev/null && command -v ip >/dev/null &&
        command -v docker-registry >/dev/null && return
    say "installing the engine and the registry"
    export DEBIAN_FRONTEND=noninteractive
    local packages=(docker.io iptables iproute2 docker-registry)
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null; }
}

# ----------------------------------------------------------------------------------- the wire

forwarding() { iptables "$1" FORWARD -i $BRIDGE -o $BRIDGE -j ACCEPT 2>/dev/null; }

lay_wire() {
    ip link show $BRIDGE >/dev/null 2>&1 || ip link add $BRIDGE type bridge
    ip addr replace $NET.254/24 dev $BRIDGE
    ip link set $BRIDGE up
    # A Docker Engine outside of the nodes has what crosses bridges filtered, and forwards nothing.
    forwarding -C || forwarding -I
}

connect() {
    local name=swarmnode$1
    if [[ ! -e /run/netns/$name ]]; then
        ip netns add "$name"
        ip link add "$name" type veth peer name eth0 netns "$name"
        ip -n "$name" addr add "$NET.$1/24" dev eth0
        ip -n "$name" link set lo up
        ip -n "$name" link set eth0 up
        ip -n "$name" route add default via $NET.254
    fi
    ip link set "$name" master $BRIDGE up
}

disconnect() {
    ip netns del "swarmnode$1" 2>/dev/null || true
    ip link del "swarmnode$1" 2>/dev/null || true
}

# ---------------------------------------------------------------------------------- one engine

start_engine() {
    local state=$STATE/node$1 data=$DATA/node$1
    mkdir -p "$state" "$data"
    rm -rf "$state/exec" "$state/docker.pid"
    # `nsenter` and not `ip netns exec`, which would hide the cgroups. The lock (9) is not for them.
    setsid nsenter --net="/run/netns/swarmnode$1" \
        unshare --mount --uts --pid --fork --kill-child --mount-proc sh -c '
            hostname "$1" && shift && exec dockerd "$@"' start-engine "node$1" \
        --host "$(host_of "$1")" --data-root "$data" --exec-root "$state/exec" \
        --pidfile "$state/docker.pid" --cgroup-parent "/swarmdsl-node$1" --userland-proxy=false \
        --insecure-registry "$NET.0/24" --log-level warn >>"$state/log" 2>&1 </dev/null 9>&- &
    echo $! >"$state/pid"
}

is_gone() { [[ ! -e /proc/$1/stat || $(cut -d' ' -f3 "/proc/$1/stat") == Z ]]; }

# Whose process a number is now is asked before it is signalled: it may be somebody else's by now.
is_ours() { grep -qsF -- "$STATE" "/proc/$1/cmdline"; }

end_process() {
    local file=$1 pid
    [[ -s $file ]] || return 0
    pid=$(<"$file")
    if is_ours "$pid"; then
        kill -9 "$pid" 2>/dev/null || true
        until_true "the end of process $pid" is_gone "$pid"
    fi
    rm -f "$file"
}

processes_of() { cat $CGROUPS/*/"swarmdsl-node$1"/cgroup.procs $CGROUPS/*/"swarmdsl-node$1"/*/cgroup.procs 2>/dev/null; }

is_empty() { [[ -z $(processes_of "$1") ]]; }

end_engine() {
    end_process "$STATE/node$1/pid"
    # All else of it was in its namespace of processes, and has ended with the first one there.
    until_true "the end of all containers of node$1" is_empty "$1"
    rm -f "$STATE/node$1/docker.sock"
}

remove_groups() {
    find $CGROUPS -mindepth 2 -depth -type d -path "*/swarmdsl-node$1*" -exec rmdir {} + 2>/dev/null || true
}

# What a node knew of swarm and containers; its images stay.
forget() { rm -rf "$DATA/node$1"/{swarm,containers,network,volumes,runtimes}; }

# --------------------------------------------------------------------------------- the cluster

up_all() {
    local node
    mkdir -p $STATE $DATA
    chmod 700 $STATE $DATA
    [[ -e $STATE/formed ]] && answers 1 >/dev/null 2>&1 || { end_all && mkdir -p $STATE && chmod 700 $STATE; }
    lay_wire
    for ((node = COUNT + 1; node <= MOST; node++)); do
        [[ ! -e /run/netns/swarmnode$node ]] || leave "$node"
    done
    for ((node = 1; node <= COUNT; node++)); do
        connect "$node"
        answers "$node" >/dev/null 2>&1 || { end_engine "$node" && start_engine "$node"; }
    done
    start_registry
    for ((node = 1; node <= COUNT; node++)); do until_true "an answer of node$node" answers "$node"; done
    form
    for ((node = 1; node <= COUNT; node++)); do until_true "node$node in the swarm" is_ready "$node"; done
    [[ -e $STATE/formed ]] || give_base_image
    touch $STATE/formed
}

form() {
    local node
    [[ $(on 1 info --format '{{.Swarm.LocalNodeState}}') == active ]] ||
        on 1 swarm init --dispatcher-heartbeat 1s --advertise-addr $NET.1 --listen-addr $NET.1:2377 >/dev/null
    for ((node = 2; node <= COUNT; node++)); do enter "$node"; done
    for ((node = 1; node <= COUNT; node++)); do as_made "$node"; done
}

# No labels, and taking work.
as_made() {
    local label options=(--availability active)
    for label in $(on 1 node inspect "node$1" --format '{{range $k, $_ := .Spec.Labels}}{{$k}} {{end}}'); do
        options+=(--label-rm "$label")
    done
    on 1 node update "${options[@]}" "node$1" >/dev/null
}

enter() {
    [[ $(on "$1" info --format '{{.Swarm.LocalNodeState}}') == inactive ]] || return 0
    on "$1" swarm join --advertise-addr "$NET.$1" --listen-addr "$NET.$1:2377" \
        --token "$(on 1 swarm join-token -q worker)" $NET.1:2377 >/dev/null
}

is_ready() { on 1 node ls --format '{{.Hostname}} {{.Status}} {{.Availability}}' | grep -qx "node$1 Ready Active"; }

is_not_ready() { ! is_ready "$1"; }

join() {
    lay_wire
    end_engine "$1"
    disconnect "$1"
    forget "$1"
    connect "$1"
    start_engine "$1"
    until_true "an answer of node$1" answers "$1"
    enter "$1"
    until_true "node$1 in the swarm" is_ready "$1"
}

leave() {
    end_engine "$1"
    disconnect "$1"
    forget "$1"
    remove_groups "$1"
    until_true "the loss of node$1" is_not_ready "$1"
    on 1 node rm --force "node$1" >/dev/null
    rm -rf "$STATE/node$1"
}

restart() {
    end_engine "$1"
    start_engine "$1"
    until_true "an answer of node$1" answers "$1"
    until_true "node$1 in the swarm" is_ready "$1"
}

end_all() {
    local node
    for ((node = 1; node <= MOST; node++)); do end_process "$STATE/node$node/pid"; done
    for ((node = 1; node <= MOST; node++)); do
        end_engine "$node"
        disconnect "$node"
        forget "$node"
        remove_groups "$node"
    done
    end_process $STATE/registry.pid
    while forwarding -D; do :; done
    ip link del $BRIDGE 2>/dev/null || true
    rm -rf $STATE
}

# ------------------------------------------------------------------------------------- images

has_registry() { (exec 3<>"/dev/tcp/${REGISTRY%:*}/${REGISTRY#*:}"); }

start_registry() {
    has_registry 2>/dev/null && return
    mkdir -p $DATA/registry
    printf '%s\n' 'version: 0.1' 'log: {level: error}' "http: {addr: \"$REGISTRY\"}" \
        "storage: {filesystem: {rootdirectory: $DATA/registry}}" >$STATE/registry.yml
    setsid docker-registry serve $STATE/registry.yml >$STATE/registry.log 2>&1 </dev/null 9>&- &
    echo $! >$STATE/registry.pid
    until_true "the registry" has_registry
}

# Every node has its layers beforehand, so that no test waits for them.
give_base_image() {
    local node there=$REGISTRY/$BASE_IMAGE pulls=()
    DOCKER_HOST=$(host_of 1) "${PYTHON:-python3}" "$HERE/base_image.py" "$BASE_IMAGE" >&2
    on 1 tag "$BASE_IMAGE" "$there"
    on 1 push -q "$there" >/dev/null
    for ((node = 2; node <= COUNT; node++)); do
        on "$node" pull -q "$there" >/dev/null &
        pulls+=($!)
    done
    for pull in "${pulls[@]}"; do wait "$pull"; done
}

environment() {
    answers 1 >/dev/null 2>&1 || fail "there are no nodes; make them with $0 up"
    printf 'export DOCKER_HOST=%s\nexport SWARM_REGISTRY=%s/swarms\nexport SWARM_BASE_IMAGE=%s\n' \
        "$(host_of 1)" "$REGISTRY" "$BASE_IMAGE"
}

# -------------------------------------------------------------------------------------- verbs

usage() {
    sed -n '/^#   /s/^# *//p' "$0" >&2
    exit 2
}

need_number() { [[ ${1:-} =~ ^[1-9]$ ]] || usage; }

# One at a time; who waits for another's `up` finds that it is done.
alone() {
    exec 9>/var/lock/swarmdsl-nodes.lock
    flock -w 300 9 || fail "another $0 is at work since 300 s"
}

case ${1:-} in
up)
    alone
    install_packages
    up_all
    environment
    ;;
env) environment ;;
host) need_number "${2:-}" && host_of "$2" ;;
join) need_number "${2:-}" && alone && join "$2" ;;
kill) need_number "${2:-}" && end_engine "$2" ;;
restart) need_number "${2:-}" && alone && restart "$2" ;;
isolate) need_number "${2:-}" && ip link set "swarmnode$2" down ;;
rejoin) need_number "${2:-}" && ip link set "swarmnode$2" up ;;
down) alone && end_all ;;
purge) alone && end_all && rm -rf $DATA ;;
*) usage ;;
esac
