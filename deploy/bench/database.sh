#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures how many executions a second qinling-api records durably, with 32 concurrent clients, on H2, MariaDB and
# PostgreSQL. Called by bench.sh. The servers are started for it with their default durability, on data in a temporary folder.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
find_jdk
cd "$top"
say "Executions recorded by 32 clients"
/usr/bin/python3 e2e/databases.py run --durable -- ./mvnw -B -q -pl proto,qinling-api test -Dtest=JournalBench \
  -Dsurefire.failIfNoSpecifiedTests=false
