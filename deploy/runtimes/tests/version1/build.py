# SPDX-License-Identifier: Apache-2.0
"""Makes container images of worker.py and sidecar.py out of that of the Python runtime, as one docker-archive:

build.py RUNTIME.tar TARGET.tar
    RUNTIME.tar is what ../../images/build.sh has made. The images are localhost/qinling-test/version1-worker and
    localhost/qinling-test/version1-sidecar, each with the tags 1 and unlisted. Like upstream's they start as root, become another user, and write to their own
    file system.
"""

import hashlib
import io
import json
import pathlib
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
LAYER = "version1.tar"
TAGS = "1", "unlisted"
USER = 1000
# As upstream has them: those that only the user of the end can use are its own.
FOLDERS = {"app": 0o700, "var/lock": 0o755, "var/lock/qinling": 0o700, "var/qinling": 0o755, "var/qinling/packages": 0o755}


def layer():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, mode in FOLDERS.items():
            member = tarfile.TarInfo(name)
            member.type, member.mode = tarfile.DIRTYPE, mode
            member.uid = member.gid = USER if mode == 0o700 else 0
            tar.addfile(member)
        for program in "worker.py", "sidecar.py":
            text = (HERE / program).read_bytes()
            member = tarfile.TarInfo(f"app/{program}")
            member.size, member.mode, member.uid, member.gid = len(text), 0o644, USER, USER
            tar.addfile(member, io.BytesIO(text))
    return content.getvalue()


def image_of(program, config, digest):
    config = json.loads(json.dumps(config))
    config["config"] = {
        "User": "0:0", "WorkingDir": "/app", "Env": [*config["config"]["Env"], f"USER_ID={USER}"],
        "Entrypoint": ["/usr/bin/python3", "-u", f"/app/{program}.py"]}
    config["rootfs"]["diff_ids"].append(f"sha256:{digest}")
    config["history"].append({"created_by": "Qinling test"})
    return json.dumps(config).encode()


def add(tar, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def main(source, target):
    top = layer()
    with tarfile.open(source) as runtime, tarfile.open(target, "w") as tar:
        (manifest,) = json.load(runtime.extractfile("manifest.json"))
        config = json.load(runtime.extractfile(manifest["Config"]))
        images = []
        for program in "worker", "sidecar":
            content = image_of(program, config, hashlib.sha256(top).hexdigest())
            name = hashlib.sha256(content).hexdigest() + ".json"
            add(tar, name, content)
            images.append({"Config": name, "Layers": [*manifest["Layers"], LAYER],
                           "RepoTags": [f"localhost/qinling-test/version1-{program}:{tag}" for tag in TAGS]})
        for name in manifest["Layers"]:
            tar.addfile(runtime.getmember(name), runtime.extractfile(name))
        add(tar, LAYER, top)
        add(tar, "manifest.json", json.dumps(images).encode())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
