-- The turn's state, session entries, effects and audit events take the place of the messages it consumed, in one step.
-- KEYS in st out it an dd jn au ac lk · ARGV proof (fence:token), turn before, consumed, state, ttl s or 0 for none, older items kept or
--   -1 for all, ticket id or "", "1" when a customer's turn read what was withheld before, most events kept,
--   a name of this call, what is kept beside the link to its ticket or "", n items, n events, n lines read from above,
--   their ids…, items…, events…, effects…
-- Returns entries still waiting, -1 when it is another's lease or another's turn, -2 when this very call was carried out
if (redis.call('HGET', KEYS[2], 'fence') or '') .. ':' .. (redis.call('HGET', KEYS[2], 'token') or '') ~= ARGV[1] then return -1 end
if redis.call('HGET', KEYS[2], 'committed') == ARGV[10] then return -2 end
if (redis.call('HGET', KEYS[2], 'turn') or '0') ~= ARGV[2] then return -1 end
redis.call('HINCRBY', KEYS[2], 'turn', 1)
redis.call('LTRIM', KEYS[1], ARGV[3], -1)
local frozen = tonumber(redis.call('HGET', KEYS[2], 'frozen') or '0') - tonumber(ARGV[3])
local above = 14 + tonumber(ARGV[14])
if above > 14 then
  -- Events come in any order: a line that was read in its thread may wait here by now, or be still on its way.
  local time = redis.call('TIME')
  local read, head = {}, frozen
  for i = 15, above do
    read[ARGV[i]] = true
    redis.call('ZADD', KEYS[6], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[i])
  end
  for index, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    if read[cjson.decode(entry).id] then
      redis.call('LREM', KEYS[1], 1, entry)
      if index <= head then frozen = frozen - 1 end
    end
  end
end
local keep = tonumber(ARGV[6])
local trim = redis.call('LLEN', KEYS[4]) - keep
if keep >= 0 and trim > 0 then
  redis.call('LTRIM', KEYS[4], trim, -1)
  redis.call('HINCRBY', KEYS[2], 'trimmed', trim)
end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[2], 'f:ticket_id', ARGV[7]) else redis.call('HDEL', KEYS[2], 'f:ticket_id') end
if ARGV[8] == '1' then redis.call('HDEL', KEYS[2], 'f:unsent') end
local items = above + tonumber(ARGV[12])
local events = items + tonumber(ARGV[13])
for i = above + 1, items do redis.call('RPUSH', KEYS[4], ARGV[i]) end
for i = items + 1, events do redis.call('XADD', KEYS[8], 'MAXLEN', '~', ARGV[9], '*', 'e', ARGV[i]) end
if events > items then redis.call('SET', KEYS[9], '1') end
for i = events + 1, #ARGV do redis.call('RPUSH', KEYS[3], ARGV[i]) end
redis.call('HSET', KEYS[2], 'state', ARGV[4], 'committed', ARGV[10])
redis.call('DEL', KEYS[7])
redis.call('HDEL', KEYS[2], 'preview', 'failures', 'overdue')
if frozen > 0 then
  -- The holder goes on with the rest of what it read: that is a turn of its own, already in its first attempt.
  redis.call('HSET', KEYS[2], 'frozen', frozen, 'attempts', 1)
else
  redis.call('HSET', KEYS[2], 'attempts', 0)
  redis.call('HDEL', KEYS[2], 'frozen', 'clock')
end
for i = 1, 9 do
  if ARGV[5] ~= '0' then redis.call('EXPIRE', KEYS[i], ARGV[5])
  elseif i ~= 5 then redis.call('PERSIST', KEYS[i]) end
end
if ARGV[5] ~= '0' then redis.call('HDEL', KEYS[2], 'stays') else redis.call('HSET', KEYS[2], 'stays', '1') end
-- As long as the link, which has no end either.
if ARGV[11] ~= '' then redis.call('SET', KEYS[10], ARGV[11]) else redis.call('DEL', KEYS[10]) end
return redis.call('LLEN', KEYS[1])
