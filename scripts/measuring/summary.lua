-- Functions for all wrk scripts: the seed of each thread, the authorization header, and the final figures as one line of JSON.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end

function done(summary, latency)
  local e = summary.errors
  print(string.format(
    '{"requests": %d, "duration_us": %d, "bytes": %d, "errors": %d, "p50_us": %d, "p99_us": %d}',
    summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end

function authorization()
  local token = os.getenv("BENCH_TOKEN")
  return token and { ["Authorization"] = "Bearer " .. token } or {}
end
