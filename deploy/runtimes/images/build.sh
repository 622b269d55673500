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
cache=${QINLING_IMAGES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qinling-images}
release=bookworm
epoch=1686355200 # of the release; no file in an image is younger, so that equal packages make equal layers
place=opt/qinling/runtime
worker_dir=var/lib/qinling-worker
kept_node=usr/libexec/qinling/node

# What comes along only because a package's maintainer scripts or rarely used parts need it.
dropped=(debconf debianutils dpkg gcc-12-base libmd0 libtirpc-common openssl perl-base readline-common tar)
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

die() { echo "${0##*/}: $*" >&2; exit 1; }

# The mirrors of the release that apt is configured with, as lines of a sources.list.
sources() {
    local lines
    lines=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) main|$(ORIGIN) $(CODENAME) $(COMPONENT)' \
        'Created-By: Packages' | sed -n "s/|Debian $release\(-updates\|-security\|\) main\$//p" | sort -u)
    [ -n "$lines" ] || lines="deb http://deb.debian.org/debian $release main
deb http://deb.debian.org/debian $release-updates main
deb http://deb.debian.org/debian-security $release-security main"
    echo "$lines"
}

# Run by mmdebstrap once packages are unpacked and before it deletes them: takes the dropped ones out again, and writes
# down the others for those who look for known vulnerabilities.
unpacked() {
    local root=$1 deb name
    shift
    mkdir -p "$root/var/lib/dpkg"
    for deb in "$root"/var/cache/apt/archives/*.deb; do
        name=$(dpkg-deb --field "$deb" Package)
        if [[ " $* " == *" $name "* ]]; then
            dpkg-deb --fsys-tarfile "$deb" | tar --list | grep -v '/$' | (cd "$root" && tr '\n' '\0' | xargs -0 rm -f)
        else
            printf '%s\nStatus: install ok installed\n\n' "$(dpkg-deb --field "$deb")"
        fi
    done > "$root/var/lib/dpkg/status"
}

# The files of the base layer of runtime $1 in the new folder $2.
make_base() {
    local runtime=$1 root=$2
    local drop="${dropped[*]} ${dropped_also[$runtime]//$'\n'/}"
    { declare -f unpacked; echo 'unpacked "$@"'; } > "$scratch/unpacked.sh"
    # No maintainer script runs ("extract"), so this needs no chroot and no emulation.
    sources | SOURCE_DATE_EPOCH=$epoch mmdebstrap --quiet --variant=extract --format=directory --skip=output/dev \
        --include="${packages[$runtime]// /,}" \
        --setup-hook='for d in bin sbin lib lib64; do mkdir -p "$1/usr/$d" && ln -s "usr/$d" "$1/$d"; done' \
        --extract-hook="bash '$scratch/unpacked.sh' \"\$1\" $drop" \
        "$release" "$root" -
    (
        cd "$root"
        rm -rf dev etc/{apt,fstab,hostname,resolv.conf} etc/cron.* etc/default etc/dpkg etc/init.d etc/logcheck etc/pam.d etc/security etc/systemd tmp \
            usr/include usr/lib/*/gconv usr/lib/*/perl* usr/lib/python3*/pydoc_data usr/lib/systemd usr/lib/*/security \
            usr/share/{bash-completion,bug,debconf,doc-base,info,initramfs-tools,lintian,locale,man,menu,perl5} \
            usr/share/{applications,gcc,gdb,pixmaps} usr/share/nodejs/@types \
            var/cache var/lib/{apt,pam,systemd} var/log
        find usr/share/doc -mindepth 1 ! -type d ! -name copyright -delete
        shopt -s nullglob
        find usr/share usr/lib/python3* etc var -mindepth 1 -type d -empty -delete
        find . -type f -perm /6000 -exec chmod ug-s {} +
        mkdir -p dev etc/ssl/certs proc sys run usr/lib/ssl "${kept_node%/*}"
        mkdir -m 1777 tmp
        cat usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt
        rm -rf usr/share/ca-certificates
        ln -sfn /etc/ssl/certs/ca-certificates.crt usr/lib/ssl/cert.pem
        printf '%s\n' root:x:0:0:root:/:/bin/sh worker:x:1000:1000:worker:/:/bin/sh \
            nobody:x:65534:65534:nobody:/:/bin/sh > etc/passwd
        printf '%s\n' root:x:0: worker:x:1000: nogroup:x:65534: > etc/group
        echo 'hosts: files dns' > etc/nsswitch.conf
        printf '%s\n' 'PRETTY_NAME="Debian GNU/Linux 12"' ID=debian 'VERSION_ID="12"' VERSION_CODENAME=$release > etc/os-release
    )
    if [ "$runtime" = nodejs ]; then
        # The kernel keeps the memory of a process from its own user where that user cannot read its program.
        install -m 711 "$root/usr/bin/node" "$root/$kept_node"
    else
        rm -r "$root/usr/libexec"
        python_of "$root" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$root" -p / "$root/usr/lib/python3" \
            "$root"/usr/lib/python3.[0-9]*
    fi
}

# Runs the Python of a base layer, of which the host need not have the version.
python_of() {
    local root=$1
    shift
    PYTHONHOME=$root/usr PYTHONDONTWRITEBYTECODE=1 "$root"/usr/lib/*-linux-gnu/ld-linux-*.so.* \
        --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$root/usr/bin/python3" -S -P "$@"
}

pack() {
    tar --create --file "$2" --directory "$1" --format=gnu --sort=name --numeric-owner --owner=0 --group=0 \
        --mtime="@$epoch" --clamp-mtime .
}

# Sets `base`: a folder with the files, their layer and its digest.
find_base() {
    local runtime=$1 key
    key=$({ echo "$release $epoch ${packages[$runtime]} ${dropped[*]} ${dropped_also[$runtime]} $kept_node"
        dpkg --print-architecture; declare -f make_base unpacked python_of pack; } | sha256sum | cut -c 1-16)
    base=$cache/$runtime-$key
    [ -n "$fresh" ] && rm -rf "$base"
    [ -d "$base" ] && return
    [ "$(id -u)" = 0 ] || die "making a base layer needs root"
    command -v mmdebstrap >/dev/null || apt-get install -y -qq --no-install-recommends mmdebstrap >&2
    rm -rf "$cache/$runtime"-*
    local new=$scratch/base
    mkdir "$new"
    make_base "$runtime" "$new/root" >&2
    pack "$new/root" "$new/layer.tar"
    sha256sum "$new/layer.tar" | cut -d ' ' -f 1 > "$new/digest"
    chmod 755 "$new"
    mv -T "$new" "$base"
}

build() {
    local runtime=$1 base digest config file environment new=$scratch/$1
    local name=openstackqinling/$runtime-runtime:latest names target=$output/qinling-$runtime-runtime.tar
    names="\"$name\""
    # What upstream called the first one runs on this one, too.
    [ "$runtime" = nodejs ] || names+=', "openstackqinling/python-runtime:latest"'
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
    pack "$new/runtime" "$new/image/runtime.tar"
    ln -s "$base/layer.tar" "$new/image/base.tar"
    digest=$(sha256sum "$new/image/runtime.tar" | cut -d ' ' -f 1)
    config="{
 \"architecture\": \"$(dpkg --print-architecture)\",
 \"os\": \"linux\",
 \"created\": \"$(date --utc --date=@$epoch +%FT%TZ)\",
 \"config\": {
  \"User\": \"1000:1000\",
  \"ExposedPorts\": {\"9090/tcp\": {}},
  \"Env\": [$environment],
  \"Entrypoint\": $(sed -n 's/.*"command": *\(\[[^]]*\]\).*/\1/p' "$here/../$runtime/runtime.json"),
  \"WorkingDir\": \"/$place\"
 },
 \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"sha256:$(cat "$base/digest")\", \"sha256:$digest\"]},
 \"history\": [{\"created_by\": \"Debian $release\"}, {\"created_by\": \"Qinling $runtime runtime\"}]
}"
    file=$(printf %s "$config" | sha256sum | cut -d ' ' -f 1).json
    printf %s "$config" > "$new/image/$file"
    echo "[{\"Config\": \"$file\", \"RepoTags\": [$names], \"Layers\": [\"base.tar\", \"runtime.tar\"]}]" \
        > "$new/image/manifest.json"
    tar --create --file "$target.new" --directory "$new/image" --dereference --sort=name --numeric-owner --owner=0 \
        --group=0 --mtime="@$epoch" manifest.json "$file" base.tar runtime.tar
    mv "$target.new" "$target"
    echo "$target $name $(stat --dereference --format %s "$target")"
}

output=$cache
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
mkdir -p "$cache" "$output"
exec 9> "$cache/lock"
flock 9
scratch=$(mktemp -d "$cache/new.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
for runtime in "${runtimes[@]:-python3 nodejs}"; do
    for one in $runtime; do build "$one"; done
done
