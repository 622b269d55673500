# SPDX-License-Identifier: Apache-2.0
"""Unpacks a function package."""

import hashlib
import os
import stat
import zipfile

MAX_UNPACKED = 500 * 1024 * 1024


class PackageError(Exception):
    """The package cannot be unpacked; the text says why."""


def digest(file):
    file.seek(0)
    total = hashlib.sha256()
    while chunk := file.read(1 << 20):
        total.update(chunk)
    return total.hexdigest()


def unpack(file, folder):
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check(members)
            for member in members:
                path = archive.extract(member, folder)
                if member.external_attr >> 16 & 0o111 and not member.is_dir():
                    os.chmod(path, 0o755)
    except zipfile.BadZipFile as error:
        raise PackageError("The package is not a zip file: %s" % error) from None
    except PackageError:
        raise
    except (OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise PackageError("The package cannot be unpacked: %s" % error) from None
    except Exception as error:  # zlib.error and its like have no common ancestor
        raise PackageError("The package is damaged: %s" % error) from None


def _check(members):
    for member in members:
        name = member.filename
        mode = member.external_attr >> 16
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise PackageError("The package has a member outside of its folder: %s" % name)
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise PackageError("The package has a member that is neither file nor folder: %s" % name)
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise PackageError("The package is larger than %d bytes when unpacked." % MAX_UNPACKED)
