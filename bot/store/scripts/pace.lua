-- Give a caller its place among the calls to a channel or an account that its vendor limits.
-- KEYS pace · ARGV caller or "", ms between two calls just after a 429, ms the caller would wait at once,
--   ms until calls need no distance again
-- Returns {1, ms to wait} when it may go then, {0, ms} when it has to come back; its place is kept by its name
local next = tonumber(redis.call('HGET', KEYS[1], 'next') or '0')
if next == 0 then return {1, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mine = ARGV[1] ~= '' and tonumber(redis.call('HGET', KEYS[1], 'of:' .. ARGV[1]) or '') or nil
local at = mine or math.max(next, now)
local wait = math.max(0, at - now)
local goes = wait <= tonumber(ARGV[3])
if not mine and (goes or ARGV[1] ~= '') then
  local rested = tonumber(redis.call('HGET', KEYS[1], 'rested'))
  redis.call('HSET', KEYS[1], 'next', math.floor(at + ARGV[2] * math.max(0, 1 - (at - rested) / ARGV[4])))
  if redis.call('PTTL', KEYS[1]) < wait + 60000 then redis.call('PEXPIRE', KEYS[1], wait + 60000) end
end
if mine and goes then redis.call('HDEL', KEYS[1], 'of:' .. ARGV[1]) end
if not mine and not goes and ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'of:' .. ARGV[1], at) end
return {goes and 1 or 0, math.ceil(wait)}
