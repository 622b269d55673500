#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts Qinling on this host and runs a function: quickstart.sh [--once]
#
# It builds what is not built, starts both services with everything embedded (workers as local processes, a database in
# a file, no authentication), makes a runtime and a function, runs it, and stays until Ctrl-C. With --once it ends after
# the example. QINLING_DATA names the folder for all data (default: .data in this checkout).
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

once=
case "${1:-}" in
  "") ;;
  --once) once=yes ;;
  *) die "usage: quickstart.sh [--once]" ;;
esac

api_port=${QINLING_API_PORT:-7070}
engine_port=${QINLING_ENGINE_PORT:-7071}
data=${QINLING_DATA:-$top/.data}
url=http://127.0.0.1:$api_port

need_tools curl python3 setpriv unshare
find_jdk
for port in "$api_port" "$engine_port"; do
  ! port_is_used "$port" || die "port $port is in use; stop what uses it, or set QINLING_API_PORT or QINLING_ENGINE_PORT"
done
build_services

mkdir -p "$data/log"
# Workers of root run as users of their own, who must be able to get to their folders.
workers=/var/tmp/qinling-workers
[ "$(id -u)" = 0 ] || workers=$data/workers
conf=$data/qinling.conf
if [ ! -f "$conf" ]; then
  (umask 077 && cat > "$conf" << END)
[api]
host = 127.0.0.1
port = $api_port
engines = 127.0.0.1:$engine_port
upload_dir = $data/upload

[engine]
host = 127.0.0.1
port = $engine_port
secret = $(python3 -c 'import secrets; print(secrets.token_hex(32))')
orchestrator = local

[local]
runtimes_dir = $top/deploy/runtimes
worker_dir = $workers

[storage]
file_system_dir = $data/packages

[database]
connection = h2:///$data/qinling

[pecan]
auth_enable = false
END
  say "Wrote $conf"
fi

pids=()
stop_services() {
  trap - EXIT INT TERM
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
  [ -n "$once" ] || say "Stopped."
}
trap stop_services EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Starting qinling-engine and qinling-api ..."
# Sessions of their own, so that Ctrl-C reaches this script alone, which then stops them in order.
setsid "$top/deploy/bin/qinling-engine" --config-file "$conf" > "$data/log/engine.log" 2>&1 &
pids+=($!)
setsid "$top/deploy/bin/qinling-api" --config-file "$conf" > "$data/log/api.log" 2>&1 &
pids=($! "${pids[@]}")
wait_ready qinling-api "${pids[0]}" "$data/log/api.log" "$url/q/health/ready"
kill -0 "${pids[1]}" 2> /dev/null || { tail -n 20 "$data/log/engine.log" >&2; die "qinling-engine ended"; }
say "Both are ready: $url"

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]] or "")' "$1"; }
# The id of the first item of a list that has the name and is of use.
find_id() {
  curl -sf "$url/v1/$1" | python3 -c '
import json, sys
for item in json.load(sys.stdin)[sys.argv[1]]:
    if item["name"] == sys.argv[2] and item.get("status") not in ("error", "deleting"):
        print(item["id"])
        break' "$1" "$2"
}

runtime=$(find_id runtimes python3)
if [ -z "$runtime" ]; then
  runtime=$(curl -sf "$url/v1/runtimes" -H 'Content-Type: application/json' \
    -d '{"name": "python3", "image": "openstackqinling/python3-runtime"}' | field id)
fi
for _ in $(seq 300); do
  status=$(curl -sf "$url/v1/runtimes/$runtime" | field status)
  [ "$status" = creating ] || break
  sleep 0.1
done
[ "$status" = available ] || die "the Python runtime is $status; see $data/log/engine.log"
say "Runtime python3 is available: $runtime"

function=$(find_id functions hello)
if [ -z "$function" ]; then
  (cd "$top/deploy/examples/hello" && python3 -m zipfile -c "$data/hello.zip" main.py)
  function=$(curl -sf "$url/v1/functions" -F name=hello -F "runtime_id=$runtime" \
    -F 'code={"source": "package"}' -F entry=main.main -F "package=@$data/hello.zip" | field id)
fi
say "Function hello is uploaded:   $function"

execution=$(curl -sf "$url/v1/executions" -H 'Content-Type: application/json' \
  -d '{"function_id": "'"$function"'", "input": "{\"name\": \"Qinling\"}"}')
say
say "Its first execution here:"
printf '%s' "$execution" | python3 -c '
import json, sys
execution = json.load(sys.stdin)
result = json.loads(execution["result"] or "{}")
print("  status:  ", execution["status"])
print("  result:  ", json.dumps(result.get("output")))
print("  duration:", result.get("duration"), "s")
print("  log:")'
id=$(printf '%s' "$execution" | field id)
curl -sf "$url/v1/executions/$id/log" | sed 's/^/    /'
[ "$(printf '%s' "$execution" | field status)" = success ] || die "the example failed; see $data/log"
[ -z "$once" ] || exit 0

cat << END

Try next, in another terminal:
  alias os="openstack --os-auth-type none --os-endpoint $url"    # apt-get install python3-openstackclient python3-qinlingclient
  os function list
  os function execution create --function $function --input '{"name": "you"}'
  curl -s $url/v1/executions -H 'Content-Type: application/json' -d '{"function_id": "$function"}'
Logs: $data/log   Configuration: $conf   Ctrl-C stops both services.
END
wait -n "${pids[@]}" || true
die "a service ended; see $data/log"
