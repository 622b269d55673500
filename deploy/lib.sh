# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share; sourced by them.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
die() { printf 'ERROR: %s\n' "$*" >&2; exit 1; }

need_tools() {
  local tool missing=()
  for tool in "$@"; do
    command -v "$tool" > /dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] || die "missing: ${missing[*]}; on Debian install them with: apt-get install ${missing[*]}"
}

# Installs those of these Debian packages that are missing; only root can.
need_packages() {
  local package missing=()
  for package in "$@"; do
    case $package in
      # A newer Node.js than Debian's is as good.
      nodejs) [ -x /usr/bin/node ] || missing+=("$package") ;;
      *) dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "missing: ${missing[*]}; install them as root with: apt-get install ${missing[*]}"
  say "Installing ${missing[*]} ..."
  apt-get update -q > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" > /dev/null
}

is_jdk_25() {
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] &&
    [ "$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")" -ge 25 ] 2> /dev/null
}

# Sets JAVA_HOME to a JDK of version 25 or later.
find_jdk() {
  local candidate on_path=
  if command -v javac > /dev/null; then
    on_path=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
  fi
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/*jdk* /usr/java/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if is_jdk_25 "$candidate"; then
      export JAVA_HOME=$candidate
      return
    fi
  done
  die "no JDK 25 found. Install one, for example temurin-25-jdk from https://adoptium.net/installation/linux," \
    "or point JAVA_HOME at it"
}

# Builds the services unless what is built is newer than every source.
build_services() {
  local built=$top/qinling-api/target/quarkus-app/quarkus-run.jar
  if [ -f "$built" ] && [ -f "$top/qinling-engine/target/quarkus-app/quarkus-run.jar" ] &&
    [ -z "$(find "$top/pom.xml" "$top"/{proto,qinling-api,qinling-engine}/{pom.xml,src} -newer "$built" -print -quit)" ]; then
    return
  fi
  say "Building the services; the first time this downloads what they are made of and takes some minutes ..."
  (cd "$top" && ./mvnw -B -q -DskipTests package) || die "the build failed"
}

port_is_used() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# Waits until a process of ours is ready: wait_ready NAME PID LOG URL
wait_ready() {
  local tries
  for tries in $(seq 600); do
    kill -0 "$2" 2> /dev/null || { tail -n 20 "$3" >&2; die "$1 ended; its log is $3"; }
    curl -sf -o /dev/null "$4" && return
    sleep 0.1
  done
  die "$1 is not ready after 60 seconds; its log is $3"
}
