# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Starts the server: `sh start.sh NODE`, where NODE runs user code. QINLING_WORKER_SERVER_NODE may name another
# executable for the server itself.
#
# User code runs as the same user and may read /proc/*/environ, so no process that stays has the secret in its
# environment. Node.js cannot reap processes that it did not start, so as the first process of a PID namespace this
# shell stays and does.

if [ -n "$QINLING_WORKER_SECRET" ]; then
    secret=$QINLING_WORKER_SECRET
    unset QINLING_WORKER_SECRET
    export QINLING_WORKER_SECRET_FD=3
    exec sh "$0" "$@" 3<<END
$secret
END
fi

node=${QINLING_WORKER_SERVER_NODE:-$1}
if [ $$ -ne 1 ]; then
    exec "$node" server.js "$1"
fi

server=
stop() {
    if [ -n "$server" ]; then kill -TERM "$server"; else exit 0; fi
}
trap stop TERM INT
"$node" server.js "$1" &
server=$!
exec 3<&-
while :; do
    wait "$server"
    status=$?
    # A signal ends `wait` as well as the end of the server does.
    kill -0 "$server" 2>/dev/null || exit "$status"
done
