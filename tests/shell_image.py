"""An image that holds a shell and a script, and nothing else: no Python, nobody's name."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from swarmdsl.deploy.engines.docker_client import DockerClient

SCRIPT = "/script.sh"
# What it finds in its environment, then each line of its input in capitals.
SHOUT = """
echo "at work as $SWARM_TASK" >&2
echo "\\"$GREETING, $OF_THE_IMAGE in $PWD\\""
tr a-z A-Z
exit ${CODE:-0}
"""


def shell_image(
    client: DockerClient, tag: str, script: str, tools: Sequence[str], *changes: str
) -> None:
    """Make the image, whose entry point is the script.

    Args:
        client: of the engine.
        tag: of the image.
        script: its text; `#!/bin/sh` is put before it.
        tools: of this machine that it calls.
        changes: lines of a Dockerfile.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        _add(archive, SCRIPT, f"#!/bin/sh\n{script}".encode())
        _add_program(archive, "/bin/sh", Path("/bin/sh"))
        for tool in tools:
            found = shutil.which(tool)
            assert found is not None, f"{tool} is not installed"
            _add_program(archive, f"/bin/{tool}", Path(found))
    client.api.import_image_from_data(
        packed.getvalue(),
        *tag.split(":"),
        changes=[f'ENTRYPOINT ["{SCRIPT}"]', "ENV PATH=/bin", *changes],
    )


def shout_image(client: DockerClient, tag: str) -> None:
    """Make the image of the swarms in `entered_swarm.py`."""
    shell_image(client, tag, SHOUT, ["tr"], "ENV OF_THE_IMAGE=from-the-image", "WORKDIR /work")


def _add_program(archive: tarfile.TarFile, name: str, file: Path) -> None:
    _add(archive, name, file.read_bytes())
    told = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"(/\S+) \(0x", told):
        if library.lstrip("/") not in archive.getnames():
            _add(archive, library, Path(library).read_bytes())


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name.lstrip("/"))
    member.size, member.mode = len(data), 0o755
    archive.addfile(member, io.BytesIO(data))
