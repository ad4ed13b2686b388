-- Put what hints led to in the place of the frozen head of the inbox.
-- KEYS in st dd · ARGV proof (fence:token), entries replaced, then pairs: id to dedupe ("" keeps unconditionally), payload
-- Returns the new frozen head (what came meanwhile waits behind it), or -1 when the fence moved
if (redis.call('HGET', KEYS[2], 'fence') or '') .. ':' .. (redis.call('HGET', KEYS[2], 'token') or '') ~= ARGV[1] then return -1 end
if redis.call('HGET', KEYS[2], 'expanded') == ARGV[1] then
  -- Once per holder: this is the same call again, whose answer was lost.
  local frozen = tonumber(redis.call('HGET', KEYS[2], 'frozen') or '0')
  return frozen > 0 and redis.call('LRANGE', KEYS[1], 0, frozen - 1) or {}
end
redis.call('HSET', KEYS[2], 'expanded', ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('LTRIM', KEYS[1], ARGV[2], -1)
local kept = {}
for i = 3, #ARGV, 2 do
  if ARGV[i] == '' or not redis.call('ZSCORE', KEYS[3], ARGV[i]) then
    if ARGV[i] ~= '' then redis.call('ZADD', KEYS[3], now, ARGV[i]) end
    kept[#kept + 1] = ARGV[i + 1]
  end
end
for i = #kept, 1, -1 do redis.call('LPUSH', KEYS[1], kept[i]) end
-- A list that was emptied and filled again has forgotten when it expires.
local ttl = redis.call('TTL', KEYS[2])
for _, key in ipairs({KEYS[1], KEYS[3]}) do
  if ttl > 0 then redis.call('EXPIRE', key, ttl) else redis.call('PERSIST', key) end
end
if #kept > 0 then redis.call('HSET', KEYS[2], 'frozen', #kept)
else
  -- Nothing came of it: what waits behind is a first attempt of its own.
  redis.call('HSET', KEYS[2], 'attempts', 0)
  redis.call('HDEL', KEYS[2], 'frozen', 'clock')
end
return kept
