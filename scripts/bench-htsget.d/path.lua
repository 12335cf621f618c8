-- Requests the path BENCH_PATH in a loop.

dofile(os.getenv("BENCH_HERE") .. "/summary.lua")

function request()
  return wrk.format("GET", os.getenv("BENCH_PATH"), authorization())
end
