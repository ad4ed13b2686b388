-- Make a conversation due.
-- KEYS due first, and optionally who has written · ARGV conversation, delay ms, longest wait ms, channel that sleeping
--   workers listen to, and optionally the author, s for which the newest of them are kept at least
-- A pending wake is put off by a later one (the customer is still writing), up to the longest wait.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = now + ARGV[2]
if KEYS[3] and ARGV[5] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[5])
  redis.call('EXPIRE', KEYS[3], ARGV[6])
end
local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 'inf')
local first = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
if first == 0 then
  redis.call('HSET', KEYS[2], ARGV[1], now)
  if score <= now then return 0 end
else
  if score <= now then return 0 end
  if tonumber(ARGV[2]) == 0 then at = now else at = math.min(at, first + ARGV[3]) end
end
redis.call('ZADD', KEYS[1], at, ARGV[1])
if tonumber(ARGV[2]) == 0 then redis.call('PUBLISH', ARGV[4], '1') end
return 1
