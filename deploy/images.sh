# SPDX-License-Identifier: Apache-2.0
# What the builders of container images share; sourced by them. Images are made of packages of Debian and of files of
# this repository, without a container engine or a registry, and are docker-archive tar files.
#
# Who sources it sets `packages` and `dropped_also` by kind of image, `inputs` to what else a base layer depends on, and
# `output`, and defines make_base KIND FOLDER.

cache=${QINLING_IMAGES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qinling-images}
release=bookworm
epoch=1686355200 # of the release; no file in an image is younger, so that equal packages make equal layers

# What comes along only because a package's maintainer scripts or rarely used parts need it.
dropped=(debconf debianutils dpkg gcc-12-base libmd0 libtirpc-common openssl perl-base readline-common tar)

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

# The files of Debian's packages of kind $1 in the new folder $2, without what no container needs.
debian_root() {
    local kind=$1 root=$2
    local drop="${dropped[*]} ${dropped_also[$kind]//$'\n'/}"
    { declare -f unpacked; echo 'unpacked "$@"'; } > "$scratch/unpacked.sh"
    # No maintainer script runs ("extract"), so this needs no chroot and no emulation.
    sources | SOURCE_DATE_EPOCH=$epoch mmdebstrap --quiet --variant=extract --format=directory --skip=output/dev \
        --include="${packages[$kind]// /,}" \
        --setup-hook='for d in bin sbin lib lib64; do mkdir -p "$1/usr/$d" && ln -s "usr/$d" "$1/$d"; done' \
        --extract-hook="bash '$scratch/unpacked.sh' \"\$1\" $drop" \
        "$release" "$root" -
    (
        cd "$root"
        rm -rf dev etc/{apt,fstab,hostname,resolv.conf} etc/cron.* etc/default etc/dpkg etc/init.d etc/logcheck \
            etc/systemd tmp usr/include usr/lib/*/gconv usr/lib/*/perl* usr/lib/python3*/pydoc_data usr/lib/systemd \
            usr/share/{bash-completion,bug,debconf,doc-base,info,initramfs-tools,lintian,locale,man,menu,perl5} \
            usr/share/{applications,gcc,gdb,pixmaps} usr/share/nodejs/@types var/cache var/lib/{apt,systemd} var/log
        find usr/share/doc -mindepth 1 ! -type d ! -name copyright -delete
        shopt -s nullglob
        find usr/share usr/lib/python3* etc var -mindepth 1 -type d -empty -delete
        mkdir -p dev etc/ssl/certs proc sys run usr/lib/ssl
        mkdir -m 1777 tmp
        cat usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt
        rm -rf usr/share/ca-certificates
        ln -sfn /etc/ssl/certs/ca-certificates.crt usr/lib/ssl/cert.pem
        echo 'hosts: files dns' > etc/nsswitch.conf
        printf '%s\n' 'PRETTY_NAME="Debian GNU/Linux 12"' ID=debian 'VERSION_ID="12"' VERSION_CODENAME=$release > etc/os-release
    )
}

# Compiles what Python the packages of a base layer hold.
compile_python() {
    python_of "$1" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$1" -p / "$1/usr/lib/python3" \
        "$1"/usr/lib/python3.[0-9]*
}

# Runs the Python of a base layer, of which the host need not have the version.
python_of() {
    local root=$1
    shift
    PYTHONHOME=$root/usr PYTHONDONTWRITEBYTECODE=1 "$root"/usr/lib/*-linux-gnu/ld-linux-*.so.* \
        --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$root/usr/bin/python3" -S -P "$@"
}

# Packs folder $1 into layer $2, with further options of tar.
pack() {
    local root=$1 layer=$2
    shift 2
    tar --create --file "$layer" --directory "$root" --format=gnu --sort=name --numeric-owner --mtime="@$epoch" \
        --clamp-mtime "$@" .
}

# Sets `base` to the folder of kind $1: its files, root, their layer and its digest. With `fresh` set it is made again.
find_base() {
    local kind=$1 key
    key=$({ echo "$release $epoch ${packages[$kind]} ${dropped[*]} ${dropped_also[$kind]} $inputs"
        dpkg --print-architecture; declare -f make_base debian_root compile_python unpacked python_of pack; } |
        sha256sum | cut -c 1-16)
    base=$cache/$kind-$key
    [ -n "$fresh" ] && rm -rf "$base"
    [ -d "$base" ] && return
    [ "$(id -u)" = 0 ] || die "making a base layer needs root"
    command -v mmdebstrap >/dev/null || apt-get install -y -qq --no-install-recommends mmdebstrap >&2
    rm -rf "$cache/$kind"-*
    local new=$scratch/base
    mkdir "$new"
    make_base "$kind" "$new/root" >&2
    pack "$new/root" "$new/layer.tar" --owner=0 --group=0
    sha256sum "$new/layer.tar" | cut -d ' ' -f 1 > "$new/digest"
    chmod 755 "$new"
    mv -T "$new" "$base"
}

# Writes the image of base layer $base and the layer $2/own.tar to $1: write_image FILE FOLDER CONFIG HISTORY NAME...
# CONFIG is the JSON of the container's configuration.
write_image() {
    local target=$1 folder=$2 container=$3 made_of=$4 digest config file names
    shift 4
    names=$(printf '"%s", ' "$@")
    ln -s "$base/layer.tar" "$folder/base.tar"
    digest=$(sha256sum "$folder/own.tar" | cut -d ' ' -f 1)
    config="{
 \"architecture\": \"$(dpkg --print-architecture)\",
 \"os\": \"linux\",
 \"created\": \"$(date --utc --date=@$epoch +%FT%TZ)\",
 \"config\": $container,
 \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"sha256:$(cat "$base/digest")\", \"sha256:$digest\"]},
 \"history\": [{\"created_by\": \"Debian $release\"}, {\"created_by\": \"$made_of\"}]
}"
    file=$(printf %s "$config" | sha256sum | cut -d ' ' -f 1).json
    printf %s "$config" > "$folder/$file"
    echo "[{\"Config\": \"$file\", \"RepoTags\": [${names%, }], \"Layers\": [\"base.tar\", \"own.tar\"]}]" \
        > "$folder/manifest.json"
    tar --create --file "$target.new" --directory "$folder" --dereference --sort=name --numeric-owner --owner=0 \
        --group=0 --mtime="@$epoch" manifest.json "$file" base.tar own.tar
    mv "$target.new" "$target"
    echo "$target $1 $(stat --dereference --format %s "$target")"
}

# Sets `scratch`, a folder that goes with this process, and sees to it that nobody else uses the cache.
begin() {
    mkdir -p "$cache" "$output"
    exec 9> "$cache/lock"
    flock 9
    scratch=$(mktemp -d "$cache/new.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
}
