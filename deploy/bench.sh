#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures Qinling on this host and prints the figures with the ones to reach: bench.sh [SECONDS | --kubernetes]
#
# --kubernetes measures what a cluster does to calls and cold starts instead. QINLING_TEST_KUBECONFIG names an
# administrator's kubeconfig; see e2e/kubernetes.py.
#
# First comes what calls, cold starts and lists take, then what several engines cost, and last how many executions a second
# the databases record (bench/database.sh). The latter two need Debian's mariadb-server, postgresql, etcd-server and
# etcd-client; deploy/test.sh installs them.
#
# It starts both services on free ports with data of their own under a temporary folder, with everything embedded, and
# removes all of it afterwards. SECONDS is the length of each load (default 10). The load generator is wrk.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools curl python3 setpriv unshare
find_jdk
build_services
if [ "${1:-}" = --kubernetes ]; then
  exec /usr/bin/python3 "$top/e2e/kubernetes.py" run -- /usr/bin/python3 "$top/deploy/bench/kubernetes_cluster.py"
fi
need_tools wrk
/usr/bin/python3 "$top/deploy/bench/bench.py" "${1:-10}"
/usr/bin/python3 "$top/deploy/bench/cluster.py" "${1:-10}"
exec "$top/deploy/bench/database.sh"
