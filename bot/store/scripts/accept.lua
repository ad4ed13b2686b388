-- Accept one message once.
-- KEYS in st dd it ea lk · ARGV id, second id or "", payload, ttl s, joined only "1", expected items or "",
--   must still wait id or "", s for which an early line is kept or 0
-- Returns 1 accepted, 0 duplicate, -1 conversation unknown, -2 stale transcript, -3 that line is answered
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 0 end
if ARGV[2] ~= '' and redis.call('ZSCORE', KEYS[3], ARGV[2]) then return 0 end
if ARGV[5] == '1' and redis.call('HEXISTS', KEYS[2], 'since') == 0 and redis.call('EXISTS', KEYS[6]) == 0 then
  if tonumber(ARGV[8]) > 0 then
    -- Perhaps the line that makes the conversation is still on its way: events come in any order.
    redis.call('RPUSH', KEYS[5], ARGV[3])
    redis.call('LTRIM', KEYS[5], -20, -1)
    redis.call('EXPIRE', KEYS[5], ARGV[8])
  end
  return -1
end
if ARGV[6] ~= '' then
  local trimmed = tonumber(redis.call('HGET', KEYS[2], 'trimmed') or '0')
  if redis.call('LLEN', KEYS[4]) + trimmed ~= tonumber(ARGV[6]) then return -2 end
end
if ARGV[7] ~= '' then
  local waiting = false
  for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    if cjson.decode(entry).id == ARGV[7] then waiting = true break end
  end
  if not waiting then return -3 end
end
redis.call('ZADD', KEYS[3], now, ARGV[1])
if ARGV[2] ~= '' then redis.call('ZADD', KEYS[3], now, ARGV[2]) end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 259200000)
redis.call('RPUSH', KEYS[1], ARGV[3])
redis.call('HSETNX', KEYS[2], 'since', now)
local early = redis.call('LRANGE', KEYS[5], 0, -1)
if #early > 0 then
  -- What was written before this line was meant for somebody else.
  local from = cjson.decode(ARGV[3]).at or 0
  for _, entry in ipairs(early) do
    local message = cjson.decode(entry)
    if (message.at or 0) > from and not redis.call('ZSCORE', KEYS[3], message.id) then
      redis.call('ZADD', KEYS[3], now, message.id)
      redis.call('RPUSH', KEYS[1], entry)
    end
  end
  redis.call('DEL', KEYS[5])
end
local stays = redis.call('HEXISTS', KEYS[2], 'stays') == 1
for i = 1, 3 do
  if stays then redis.call('PERSIST', KEYS[i]) else redis.call('EXPIRE', KEYS[i], ARGV[4]) end
end
return 1
