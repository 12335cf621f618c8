-- Requests tickets for random regions. BENCH_PATH ends before `&referenceName=`. BENCH_WIDTH is the width of a region in bases. BENCH_PLACES lists
-- the allowed places as name:start-end, 0-based half-open, separated by commas; the probability of a place is proportional to its length. With
-- BENCH_PAUSE_MS, each connection pauses for this time on average between an answer and the next request.

dofile(os.getenv("BENCH_HERE") .. "/summary.lua")

local path, width, places, total, headers
local pause = tonumber(os.getenv("BENCH_PAUSE_MS") or "")

if pause then
  function delay()
    return math.random(0, 2 * pause)
  end
end

function init()
  path, width = os.getenv("BENCH_PATH"), tonumber(os.getenv("BENCH_WIDTH"))
  places, total, headers = {}, 0, authorization()
  for name, from, to in os.getenv("BENCH_PLACES"):gmatch("([^:,]+):(%d+)-(%d+)") do
    local room = tonumber(to) - tonumber(from) - width
    if room > 0 then
      places[#places + 1] = { name = name, from = tonumber(from), room = room }
      total = total + room
    end
  end
  math.randomseed(seed)
end

function request()
  local at = math.random(0, total - 1)
  for _, place in ipairs(places) do
    if at < place.room then
      local from = place.from + at
      return wrk.format("GET", string.format("%s&referenceName=%s&start=%d&end=%d", path, place.name, from, from + width), headers)
    end
    at = at - place.room
  end
end
