-- Sends the queries of a file in a loop. The file has one path per line; BENCH_QUESTIONS names the file.

dofile(os.getenv("BENCH_HERE") .. "/summary.lua")

local paths, at, headers = {}, 0, nil

function init()
  headers = authorization()
  for line in io.lines(os.getenv("BENCH_QUESTIONS")) do
    paths[#paths + 1] = line
  end
end

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], headers)
end
