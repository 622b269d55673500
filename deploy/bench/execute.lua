-- SPDX-License-Identifier: Apache-2.0
-- A load of synchronous executions for wrk, of the functions that are named, at random. Counts by status; an execution
-- that did not succeed counts as "failed".
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  requests = {}
  for _, id in ipairs(arguments) do
    local body = '{"function_id": "' .. id .. '", "input": "{\\"name\\": \\"bench\\"}"}'
    table.insert(requests, wrk.format(nil, nil, nil, body))
  end
  ok, refused, failed = 0, 0, 0
end

function request()
  return requests[math.random(#requests)]
end

function response(status, headers, body)
  if status == 201 and body:find('"status": "success"', 1, true) then
    ok = ok + 1
  elseif status == 429 then
    refused = refused + 1
  else
    failed = failed + 1
  end
end

function done(summary, latency, requests)
  local totals = { ok = 0, refused = 0, failed = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(totals) do
      totals[name] = totals[name] + thread:get(name)
    end
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"ok": %d, "refused": %d, "failed": %d, "lost": %d, "seconds": %.3f, "p50": %.3f, "p99": %.3f}\n',
    totals.ok, totals.refused, totals.failed, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
