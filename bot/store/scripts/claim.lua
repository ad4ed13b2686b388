-- Take what is due; each stays in the set, due again when its taker does not come back.
-- KEYS due first, and optionally who was worked on · ARGV most, hold ms · Returns {ms until the next is due or -1, conversation, score, ms it is late, …}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
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
if next[2] then out[1] = math.max(0, tonumber(next[2]) - now) end
return out
