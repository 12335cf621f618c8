-- The same path again and again: BENCH_PATH.

dofile(os.getenv("BENCH_HERE") .. "/summary.lua")

function request()
  return wrk.format("GET", os.getenv("BENCH_PATH"), authorization())
end
