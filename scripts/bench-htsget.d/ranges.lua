-- Requests random ranges of BENCH_LENGTH bytes of BENCH_PATH, which has BENCH_SIZE bytes.

dofile(os.getenv("BENCH_HERE") .. "/summary.lua")

local path, length, size

function init()
  path, length, size = os.getenv("BENCH_PATH"), tonumber(os.getenv("BENCH_LENGTH")), tonumber(os.getenv("BENCH_SIZE"))
  math.randomseed(seed)
end

function request()
  local from = math.random(0, size - length)
  return wrk.format("GET", path, { ["Range"] = string.format("bytes=%d-%d", from, from + length - 1) })
end
