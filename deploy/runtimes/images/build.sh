#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds container images of the runtimes as docker-archive tar files, without a container engine or a registry:
#
#   build.sh [--output DIR] [--fresh] [python3|nodejs ...]
#
# --fresh builds the base layer again, with the packages that the mirror has today.
set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../images.sh"
place=opt/qinling/runtime
worker_dir=var/lib/qinling-worker
kept_node=usr/libexec/qinling/node

declare -A packages=(
    [python3]="ca-certificates coreutils dash libc-bin python3 python3-keystoneauth1 tzdata"
    [nodejs]="ca-certificates coreutils dash libc-bin nodejs util-linux"
)
declare -A dropped_also=(
    # SAML, OAuth and signatures of keystoneauth1's other plug-ins; a session of a token uses none of them.
    [python3]="libgcrypt20 libgpg-error0 libicu72 libstdc++6 libxml2 libxslt1.1 python3-blinker python3-cffi-backend
        python3-cryptography python3-distutils python3-jwt python3-lib2to3 python3-lxml python3-oauthlib
        python3-setuptools"
    [nodejs]="util-linux-extra"
)

# The files of the base layer of runtime $1 in the new folder $2.
make_base() {
    local runtime=$1 root=$2
    debian_root "$runtime" "$root"
    (
        cd "$root"
        rm -rf etc/pam.d etc/security usr/lib/*/security var/lib/pam
        find . -type f -perm /6000 -exec chmod ug-s {} +
        mkdir -p "${kept_node%/*}"
        printf '%s\n' root:x:0:0:root:/:/bin/sh worker:x:1000:1000:worker:/:/bin/sh \
            nobody:x:65534:65534:nobody:/:/bin/sh > etc/passwd
        printf '%s\n' root:x:0: worker:x:1000: nogroup:x:65534: > etc/group
    )
    if [ "$runtime" = nodejs ]; then
        # The kernel keeps the memory of a process from its own user where that user cannot read its program.
        install -m 711 "$root/usr/bin/node" "$root/$kept_node"
    else
        rm -r "$root/usr/libexec"
        compile_python "$root"
    fi
}

build() {
    local runtime=$1 base environment new=$scratch/$1
    local names=("openstackqinling/$runtime-runtime:latest")
    # What upstream called the first one runs on this one, too.
    [ "$runtime" = nodejs ] || names+=("openstackqinling/python-runtime:latest")
    find_base "$runtime"
    mkdir -p "$new/runtime/$place" "$new/runtime/$worker_dir" "$new/image"
    cp "$here/../$runtime"/*.* "$new/runtime/$place"
    chmod -R u=rwX,go=rX "$new/runtime"
    # For whoever runs the image without a volume there, as any user.
    chmod 1777 "$new/runtime/$worker_dir"
    environment='"PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", "LANG=C.UTF-8", "QINLING_WORKER_DIR=/'$worker_dir'"'
    if [ "$runtime" = nodejs ]; then
        environment+=", \"QINLING_WORKER_SERVER_NODE=/$kept_node\""
    else
        python_of "$base/root" -m compileall -q --invalidation-mode unchecked-hash -s "$new/runtime" -p / "$new/runtime/$place"
    fi
    pack "$new/runtime" "$new/image/own.tar" --owner=0 --group=0
    write_image "$output/qinling-$runtime-runtime.tar" "$new/image" "{
  \"User\": \"1000:1000\",
  \"ExposedPorts\": {\"9090/tcp\": {}},
  \"Env\": [$environment],
  \"Entrypoint\": $(sed -n 's/.*"command": *\(\[[^]]*\]\).*/\1/p' "$here/../$runtime/runtime.json"),
  \"WorkingDir\": \"/$place\"
 }" "Qinling $runtime runtime" "${names[@]}"
}

output=$cache
inputs=$kept_node
fresh=
runtimes=()
while [ $# -gt 0 ]; do
    case $1 in
        --output) output=${2:?} && shift ;;
        --fresh) fresh=yes ;;
        python3 | nodejs) runtimes+=("$1") ;;
        *) die "usage: build.sh [--output DIR] [--fresh] [python3|nodejs ...]" ;;
    esac
    shift
done
begin
for runtime in "${runtimes[@]:-python3 nodejs}"; do
    for one in $runtime; do build "$one"; done
done
