# SPDX-License-Identifier: Apache-2.0
"""The first process of a container, run by container.py in namespaces of its own with a file that says what to make.

It puts the file system together as a container engine does, gives up what a container may not do, and becomes the
command. In Python, since nothing of the host can be run once its file system is gone.
"""

import ctypes
import grp
import json
import os
import pathlib
import pwd
import sys

MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_CAPBSET_DROP = 24
SYS_PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41
# What Docker leaves to the root of a container: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
# net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap.
CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{os.strerror(code)}: {function.__name__}{arguments}")


def mount(source, target, kind=None, flags=0, options=None):
    call(libc.mount, *(text and str(text).encode() for text in (source, target, kind)), ctypes.c_ulong(flags),
         options and options.encode())


def bind(source, target, is_writable):
    source = pathlib.Path(source)
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount(source, target, flags=MS_BIND | MS_REC)
    if not is_writable:
        mount(None, target, flags=MS_REMOUNT | MS_BIND | MS_RDONLY)


def main(file):
    container = json.loads(pathlib.Path(file).read_text())
    root = pathlib.Path(container["root"])
    mount(None, "/", flags=MS_REC | MS_PRIVATE)
    mount("overlay", root, "overlay", options=(
        f"lowerdir={container['image']},upperdir={container['upper']},workdir={container['work']}"))
    mount("proc", root / "proc", "proc")
    mount("tmpfs", root / "dev", "tmpfs", options="mode=755")
    for device in DEVICES:
        bind(f"/dev/{device}", root / "dev" / device, True)
    for source, target, is_writable in container["mounts"]:
        bind(source, root / target.strip("/"), is_writable)
    os.chdir(root)
    call(libc.syscall, SYS_PIVOT_ROOT, b".", b".")
    call(libc.umount2, b".", MNT_DETACH)
    os.chdir("/")
    for capability in set(range(64)) - CAPABILITIES:
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # Those above the last one are none.
    user = pwd.getpwnam(container["user"])
    os.setgroups([user.pw_gid, *(group.gr_gid for group in grp.getgrall() if user.pw_name in group.gr_mem)])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.execvpe(container["command"][0], container["command"], container["environment"])


if __name__ == "__main__":
    main(sys.argv[1])
