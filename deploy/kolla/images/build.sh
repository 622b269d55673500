#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the container images qinling-api and qinling-engine as docker-archive tar files, without a container engine or a
# registry:
#
#   build.sh [--output DIR] [--tag NAME]... [--fresh] [--native] [qinling-api|qinling-engine ...]
#   build.sh [--output DIR] [--fresh] [--native] --archive
#
# A NAME says SERVICE where the name of the image stands, as in registry.example/kolla/SERVICE:6.0. Without one, the images
# get every name by which Kolla-Ansible of Victoria may ask for them. --fresh builds the base layer again, with the packages
# that the mirror has today. --native takes the executables that `./mvnw -Dnative package` made, see docs/native.md, and
# leaves Java out. --archive makes no images but what `kolla build` makes them of, see ../docker.
set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../lib.sh"
. "$here/../../images.sh"

declare -A packages=(
    [services]="bash ca-certificates coreutils dash dumb-init grep libc-bin libpam-modules procps python3 sed sudo tzdata util-linux"
)
declare -A dropped_also=(
    [services]="libgdbm-compat4 libgdbm6 libpam-modules-bin libpam-runtime libperl5.36 perl perl-modules-5.36
        util-linux-extra"
)
packages[native]=${packages[services]}
dropped_also[native]=${dropped_also[services]}
modules=java.se,jdk.jcmd,jdk.jfr,jdk.management,jdk.unsupported,jdk.zipfs

# The files of the base layer of kind $1 in the new folder $2: Debian's and, for services that are no executables, Java.
make_base() {
    local root=$2
    debian_root "$1" "$root"
    (
        cd "$root"
        mkdir -m 1777 var/tmp
        rm -rf etc/{bash.bashrc,profile,skel,sudo.conf,sudo_logsrvd.conf} var/{local,mail,opt,spool}
        find . -type f -perm /6000 ! -path ./usr/bin/sudo -exec chmod ug-s {} +
        printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin > etc/passwd
        printf '%s\n' root:x:0: tty:x:5: nogroup:x:65534: > etc/group
    )
    compile_python "$root"
    [ "$1" = services ] || return 0
    mkdir -p "$root/usr/lib/qinling"
    "$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress zip-6 \
        --generate-cds-archive --output "$root/usr/lib/qinling/java"
    rm "$root"/usr/lib/qinling/java/lib/server/classes_nocoops.jsa
}

# The names by which the role of Victoria may ask, whatever the operator says of distributions.
victoria() {
    local distro type
    for distro in centos debian rhel ubuntu; do
        for type in binary source; do echo "kolla/$distro-$type-SERVICE:victoria"; done
    done
}

executable() { echo "$top/$1/target/$1-$version-runner"; }

# Adds service $1 to the folder $2.
add_service() {
    local app=$2/usr/share/$1
    if [ $kind = native ]; then
        install -D "$(executable "$1")" "$app/$1"
    else
        cp -r "$top/$1/target/quarkus-app" "$app"
        rm -f "$app"/*.jsa "$app/quarkus-app-dependencies.txt"
    fi
    chmod -R u=rwX,go=rX "$app"
}

build() {
    local service=$1 base root=$scratch/$1/root image=$scratch/$1/image names
    find_base $kind
    mkdir -p "$root/etc/ssl/certs" "$root/usr/share" "$image"
    cp -r "$here/files/." "$root"
    chmod -R u=rwX,go=rX "$root"
    cp "$base"/root/etc/{passwd,group} "$root/etc"
    cp "$base/root/etc/ssl/certs/ca-certificates.crt" "$root/etc/ssl/certs"
    "$here/prepare.sh" "$root"
    add_service "$service" "$root"
    mapfile -t names < <(printf '%s\n' "${tags[@]}" | sed "s/SERVICE/$service/g")
    pack "$root" "$image/own.tar"
    write_image "$output/$service.tar" "$image" "{
  \"User\": \"qinling\",
  \"Env\": [\"PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin\", \"LANG=C.UTF-8\"],
  \"Entrypoint\": [\"dumb-init\", \"--single-child\", \"--\"],
  \"Cmd\": [\"kolla_start\"],
  \"Labels\": {
   \"kolla_version\": \"$version\",
   \"maintainer\": \"Qinling\",
   \"name\": \"$service\",
   \"org.opencontainers.image.title\": \"$service\",
   \"org.opencontainers.image.version\": \"$version\",
   \"org.opencontainers.image.licenses\": \"Apache-2.0\"
  }
 }" "$service" "${names[@]}"
}

# What images of Kolla's own base need, which has the rest.
archive() {
    local base service name=qinling-$version
    local root=$scratch/archive/$name
    find_base $kind
    mkdir -p "$root"/usr/{lib,share,local/bin}
    [ $kind = native ] || cp -a "$base/root/usr/lib/qinling" "$root/usr/lib"
    cp -P "$here"/files/usr/local/bin/{apache2,httpd,kolla_extend_start,qinling*} "$root/usr/local/bin"
    for service in "${services[@]}"; do add_service "$service" "$root"; done
    pack "$scratch/archive" "$output/$name.tar.gz" --owner=0 --group=0 --gzip
    echo "$output/$name.tar.gz"
}

output=$cache
fresh=
is_archive=
kind=services
tags=()
services=()
while [ $# -gt 0 ]; do
    case $1 in
        --output) output=${2:?} && shift ;;
        --tag) tags+=("${2:?}") && shift ;;
        --fresh) fresh=yes ;;
        --archive) is_archive=yes ;;
        --native) kind=native ;;
        qinling-api | qinling-engine) services+=("$1") ;;
        *) die "usage: build.sh [--output DIR] [--tag NAME]... [--fresh] [--native] [--archive|qinling-api|qinling-engine ...]" ;;
    esac
    shift
done
[ ${#tags[@]} -gt 0 ] || mapfile -t tags < <(victoria)
[ ${#services[@]} -gt 0 ] || services=(qinling-api qinling-engine)
[ "$(id -u)" = 0 ] || die "only root can give files to other users"
version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' "$top/pom.xml")
if [ $kind = native ]; then
    for service in "${services[@]}"; do
        [ -x "$(executable "$service")" ] ||
            die "there is no $(executable "$service"); make it with: ./mvnw -Dnative package, see docs/native.md"
    done
    inputs=
else
    find_jdk
    build_services >&2
    inputs="$modules $(cat "$JAVA_HOME/release")"
fi
begin
if [ -n "$is_archive" ]; then
    archive
    exit
fi
for service in "${services[@]}"; do
    build "$service"
    fresh=
done
