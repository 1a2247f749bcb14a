#!/usr/bin/env bash
# A Docker Engine for the tests, on a machine without systemd:
#
#   .ci/docker.sh up      install it if need be, start one unless one answers; says where it listens
#   .ci/docker.sh down    end the one that `up` started, and nothing else
#
# Standard output is the value for DOCKER_HOST, so: export DOCKER_HOST="$(.ci/docker.sh up)"
set -euo pipefail

STATE=${SWARM_DOCKER_STATE:-/run/swarmdsl-docker}
DATA=${SWARM_DOCKER_DATA:-/var/tmp/swarmdsl-docker}
HOST=unix://$STATE/docker.sock
PATIENCE_S=30

say() { echo "docker: $*" >&2; }

answers() { DOCKER_HOST=$1 docker version >/dev/null 2>&1; }

install_engine() {
    if command -v dockerd >/dev/null && command -v iptables >/dev/null; then
        return
    fi
    say "installing the engine"
    export DEBIAN_FRONTEND=noninteractive
    # Only what is needed: an engine builds images and joins networks, nothing more is asked of it.
    local packages=(docker.io iptables iproute2)
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null; }
}

start_engine() {
    mkdir -p "$STATE" "$DATA"
    chmod 700 "$STATE"
    setsid dockerd --host "$HOST" --data-root "$DATA" --exec-root "$STATE/exec" \
        --pidfile "$STATE/pid" --userland-proxy=false >"$STATE/log" 2>&1 </dev/null &
    local deadline=$((SECONDS + PATIENCE_S))
    until answers "$HOST"; do
        if ((SECONDS >= deadline)); then
            tail -n 20 "$STATE/log" >&2
            say "the engine does not answer after $PATIENCE_S s; its log is $STATE/log"
            exit 1
        fi
        sleep 0.1
    done
    say "started one; its log is $STATE/log"
}

up() {
    # One that the machine offers anyway is as good as ours.
    if [[ -n ${DOCKER_HOST:-} ]] && answers "$DOCKER_HOST"; then
        echo "$DOCKER_HOST"
        return
    fi
    install_engine
    answers "$HOST" || start_engine
    echo "$HOST"
}

down() {
    [[ -f $STATE/pid ]] || return 0
    local pid
    pid=$(<"$STATE/pid")
    kill "$pid" 2>/dev/null || true
    local deadline=$((SECONDS + PATIENCE_S))
    # A process that nobody has reaped yet is gone for our purposes.
    while [[ -e /proc/$pid/stat && $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) != Z ]]; do
        if ((SECONDS >= deadline)); then
            say "process $pid does not end"
            exit 1
        fi
        sleep 0.1
    done
    rm -f "$STATE/pid" "$STATE/docker.sock"
    say "ended it; what it had built stays in $DATA"
}

case ${1:-} in
up) up ;;
down) down ;;
*)
    echo "usage: $0 up | down" >&2
    exit 2
    ;;
esac
