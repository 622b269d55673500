# SPDX-License-Identifier: Apache-2.0
"""Runs a command in a root folder as a pod's container has it: `pod.py ROOT FOLDER UID:GID WRITABLE COMMAND...`.

To be started as root and as the first process of mount and PID namespaces. The root is read-only but for the
colon-separated writable folders, and the command has no capabilities and cannot get any.
"""

import ctypes
import os
import sys

MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
DEVICES = "null", "zero", "full", "random", "urandom"

_libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, flags, data=None):
    arguments = [text and text.encode() for text in (source, target, kind)]
    if _libc.mount(*arguments, ctypes.c_ulong(flags), data and data.encode()):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), target)


def main(root, folder, user, writable, *command):
    uid, gid = map(int, user.split(":"))
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount(root, root, None, MS_BIND)
    mount("proc", root + "/proc", "proc", 0)
    mount("tmpfs", root + "/dev", "tmpfs", MS_NOSUID, "mode=755")
    for name in DEVICES:
        open(root + "/dev/" + name, "w").close()
        mount("/dev/" + name, root + "/dev/" + name, None, MS_BIND)
    for name in writable.split(":"):
        mount("tmpfs", root + name, "tmpfs", 0, "mode=777")
    mount(None, root, None, MS_REMOUNT | MS_BIND | MS_RDONLY)
    os.chroot(root)
    os.chdir(folder)
    capability = 0
    while _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.execv(command[0], command)


main(*sys.argv[1:])
