#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test there is. As root it installs the Debian packages that are missing, otherwise it names them.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_packages curl unzip procps util-linux openssl gcc mmdebstrap python3 nodejs python3-openstackclient python3-qinlingclient \
  mariadb-server postgresql etcd-server etcd-client python3-keystone python3-jsonschema python3-yaml python3-jinja2 ansible-core
find_jdk

cd "$top"
# Everything after this has a MariaDB and a PostgreSQL server and some of etcd, which go with it.
if [ -z "${QINLING_TEST_MARIADB:-}" ] || [ -z "${QINLING_TEST_POSTGRESQL:-}" ]; then
  exec /usr/bin/python3 e2e/databases.py run -- "$top/deploy/test.sh" "$@"
fi
if [ -z "${QINLING_TEST_ETCD:-}" ] || [ -z "${QINLING_TEST_ETCD_AUTH:-}" ] || [ -z "${QINLING_TEST_ETCD_TLS:-}" ]; then
  exec /usr/bin/python3 e2e/etcd.py run -- "$top/deploy/test.sh" "$@"
fi
# And the cluster that QINLING_TEST_KUBECONFIG names, if it does.
if [ -z "${QINLING_TEST_KUBERNETES:-}" ]; then
  exec /usr/bin/python3 e2e/kubernetes.py run -- "$top/deploy/test.sh" "$@"
fi
# What fails is tried once more, and named when it then passes: "Flakes" with Maven, "FLAKY" in e2e/run.py.
say "== Services: format, build, unit and integration tests"
./mvnw -B verify -Dsurefire.rerunFailingTestsCount=1 -Dfailsafe.rerunFailingTestsCount=1
say "== Runtimes: the worker protocol"
/usr/bin/python3 e2e/run.py deploy/runtimes/tests
say "== End to end: the services as a user starts them, driven by the OpenStack client"
# Where a test hangs, the interruption shows where.
timeout --signal=INT --kill-after=120 60m /usr/bin/python3 e2e/run.py e2e
say "All tests passed."
