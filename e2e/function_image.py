#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the image of a function that runs what it is told to, for tests, out of that of the Python runtime.

function_image.py RUNTIME.tar FUNCTION.tar
    both as docker-archive; the new one is NAME. Its first argument is a program in Python, the others are for that.
"""

import copy
import hashlib
import io
import json
import sys
import tarfile

NAME = "localhost/qinling-test-function:1"


def make(runtime, function):
    with tarfile.open(runtime) as source, tarfile.open(function, "w") as target:
        (manifest,) = json.load(source.extractfile("manifest.json"))
        config = json.load(source.extractfile(manifest["Config"]))
        config["config"]["Entrypoint"] = ["/usr/bin/python3", "-c"]
        encoded = json.dumps(config).encode()
        name = f"{hashlib.sha256(encoded).hexdigest()}.json"
        add(target, name, encoded)
        add(target, "manifest.json", json.dumps([{**manifest, "Config": name, "RepoTags": [NAME]}]).encode())
        for layer in manifest["Layers"]:
            member = copy.copy(source.getmember(layer))
            target.addfile(member, source.extractfile(layer))


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


if __name__ == "__main__":
    make(*sys.argv[1:])
