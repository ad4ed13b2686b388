-- Take what is due; each stays in the set, due again when its taker does not come back.
-- Where more is due than is taken, each place (what a conversation's id begins with) gets its turn: whoever of them has
-- the fewest at work comes first, the oldest of those first; and no place gets more at once than it may have.
-- KEYS due first, and optionally who was worked on · ARGV most, hold ms, and optionally: how many of one place at most,
--   how many are looked at, then place and number at work of each · Returns {ms until the next is due or -1, conversation,
--   score, ms it is late, …}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most = tonumber(ARGV[1])
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
local held_back = false
if ARGV[3] then
  local cap, window, found = tonumber(ARGV[3]), taken, {}
  if #taken == most * 2 then
    local due, looked = redis.call('ZCOUNT', KEYS[1], '-inf', now), tonumber(ARGV[4])
    local parts = 16
    local size, step = math.floor(looked / parts), math.floor(due / parts)
    window = {}
    for part = 0, parts - 1 do
      local first, last = part * step, (part + 1) * step - 1
      if part == parts - 1 then last = due - 1 end
      if last - first >= size then -- the oldest, the newest, and of what is between them other ones each time
        if part == parts - 1 then first = last - size + 1
        elseif part > 0 then first = first + now % (last - first - size + 2) end
        last = first + size - 1
      end
      local rows = last >= first and redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES') or {}
      for i = 1, #rows do window[#window + 1] = rows[i] end
    end
  end
  local at_work, places, waiting = {}, {}, {}
  for i = 5, #ARGV, 2 do at_work[ARGV[i]] = tonumber(ARGV[i + 1]) end
  for i = 1, #window, 2 do
    local place = string.match(window[i], '^(.*):[^:]*$') or window[i]
    if not waiting[place] then
      waiting[place] = {next = 1}
      places[#places + 1] = place
      at_work[place] = at_work[place] or 0
    end
    table.insert(waiting[place], i)
  end
  local level = 0
  while #found < most * 2 and level < cap do
    for _, place in ipairs(places) do
      local rows = waiting[place]
      if at_work[place] == level and rows[rows.next] and #found < most * 2 then
        found[#found + 1] = window[rows[rows.next]]
        found[#found + 1] = window[rows[rows.next] + 1]
        rows.next = rows.next + 1
        at_work[place] = level + 1
      end
    end
    level = level + 1
  end
  held_back = #found < math.min(most * 2, #window)
  taken = found
end
local out = {-1}
for i = 1, #taken, 2 do
  local conversation = taken[i]
  redis.call('ZADD', KEYS[1], now + ARGV[2], conversation)
  redis.call('HDEL', KEYS[2], conversation)
  if KEYS[3] then redis.call('ZADD', KEYS[3], now, conversation) end
  out[#out + 1] = conversation
  out[#out + 1] = string.format('%.0f', now + ARGV[2])
  out[#out + 1] = string.format('%.0f', now - tonumber(taken[i + 1]))
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if next[2] then out[1] = math.max(held_back and 50 or 0, tonumber(next[2]) - now) end
return out
