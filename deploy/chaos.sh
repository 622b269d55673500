#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a cluster on this host, puts it under load, hurts it for some minutes and says what became of every execution:
#   chaos.sh [--seed N] [--minutes M]; chaos.sh --help has the rest
#
# Three engines, two apis, three members of etcd and MariaDB run on free ports with data of their own, all of which is
# removed afterwards. Processes are killed, stopped and paused, links cut, a disk is filled, a clock shifted. The same
# seed gives the same schedule. The exit code is 1 when a promise was not kept; then logs and history are kept.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 setpriv unshare
for tool in etcd etcdctl mariadbd; do
  command -v "$tool" > /dev/null || die "missing: $tool; on Debian: apt-get install etcd-server etcd-client mariadb-server"
done
find_jdk
build_services
exec /usr/bin/python3 -u "$top/e2e/chaos.py" "$@"
