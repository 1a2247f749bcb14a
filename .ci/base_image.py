"""A base image without a registry: this machine's own Python, as `python:3.11-slim` lays it out.

python3 .ci/base_image.py TAG

The interpreter, its standard library, pip, the shared libraries they load, and certificates are
packed into one archive, which `docker import` reads. It takes some seconds, and nothing if an image
of that tag was made from the same interpreter before.
"""

from __future__ import annotations

import ensurepip
import hashlib
import io
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

MADE_FROM = "swarmdsl.base.made-from"
# What wheels of compiled code load, by the names that old ones know.
SUPPORT = (
    *("libstdc++.so.6", "libgcc_s.so.1"),
    *("libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"),
)
LIBRARIES = "lib/x86_64-linux-gnu"
LEFT_OUT = re.compile(
    r"/(site-packages|test|tests|idlelib|tkinter|turtledemo|config-[^/]*)(/|$)|_tkinter"
)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
FOLDERS = ("dev", "etc", "proc", "run", "sys", "root", "tmp", "var/tmp", "usr/local/bin")
SETTINGS = (
    "ENV PATH=/usr/local/bin:/usr/bin:/bin",
    "ENV LANG=C.UTF-8",
    f"ENV LD_LIBRARY_PATH=/usr/local/lib:/{LIBRARIES}",
    f"ENV SSL_CERT_FILE={CERTIFICATES}",
    'CMD ["python3"]',
)


def main(tag: str) -> int:
    script = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    source = f"{sys.version} {sys.base_prefix} {script[:16]}"
    if made_from(tag) == source:
        sys.stderr.write(f"base image: {tag} is there\n")
        return 0
    changes = [*SETTINGS, f'LABEL {MADE_FROM}="{source}"']
    options = [word for change in changes for word in ("--change", change)]
    with subprocess.Popen(
        ["docker", "import", *options, "-", tag], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as importing:
        assert importing.stdin is not None
        pack(importing.stdin)
    sys.stderr.write(f"base image: made {tag}\n")
    return importing.returncode


def made_from(tag: str) -> str:
    shown = subprocess.run(
        [
            "docker",
            "image",
            "inspect",
            "--format",
            f'{{{{index .Config.Labels "{MADE_FROM}"}}}}',
            tag,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip()


def pack(stream: object) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    interpreter = Path(sys.base_prefix, "bin", version).resolve()
    stdlib = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))
    with tarfile.open(fileobj=stream, mode="w|", dereference=True) as archive:  # type: ignore[call-overload]
        for folder in FOLDERS:
            add_folder(archive, folder, 0o1777 if folder.endswith("tmp") else 0o755)
        for name, text in FILES.items():
            add_text(archive, name, text)
        archive.add(interpreter, f"usr/local/bin/{version}")
        for link in ("python3", "python"):
            add_link(archive, f"usr/local/bin/{link}", version)
        archive.add(stdlib, f"usr/local/lib/{version}", filter=kept)
        for library in sorted(loaded(interpreter, stdlib)):
            archive.add(library, f"{LIBRARIES}/{library.name}")
        loader = Path("/lib64/ld-linux-x86-64.so.2")
        archive.add(loader.resolve(), str(loader).lstrip("/"))
        if CERTIFICATES.exists():
            archive.add(CERTIFICATES.resolve(), str(CERTIFICATES).lstrip("/"))
        add_pip(archive, f"usr/local/lib/{version}/site-packages")


def kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    return None if LEFT_OUT.search(member.name) else member


def loaded(interpreter: Path, stdlib: Path) -> set[Path]:
    """What the interpreter and its modules load, and what wheels do."""
    modules = [one for one in (stdlib / "lib-dynload").glob("*.so") if "_tkinter" not in one.name]
    found = {path for file in [interpreter, *modules] for path in linked(file)}
    known = subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True
    ).stdout
    for name in SUPPORT:
        if match := re.search(rf"{re.escape(name)} .*=> (\S+)", known):
            found.add(Path(match[1]))
    return found


def linked(file: Path) -> Iterable[Path]:
    told = subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout
    return {Path(path) for path in re.findall(r"=> (/\S+)", told)}


def add_pip(archive: tarfile.TarFile, folder: str) -> None:
    for wheel in (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"):
        with zipfile.ZipFile(wheel) as unpacked:
            for name in unpacked.namelist():
                add_bytes(archive, f"{folder}/{name}", unpacked.read(name))


def add_folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    archive.addfile(member)


def add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    archive.addfile(member)


def add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    add_bytes(archive, name, text.encode())


def add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o644
    archive.addfile(member, io.BytesIO(data))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} TAG")
    sys.exit(main(sys.argv[1]))
