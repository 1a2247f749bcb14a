#!/usr/bin/env bash
# Compose for the tests: installs `docker-compose` unless it is there, and says which one it is.
set -euo pipefail

if ! command -v docker-compose >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends docker-compose >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends docker-compose >/dev/null; }
fi
docker-compose version --short >&2
