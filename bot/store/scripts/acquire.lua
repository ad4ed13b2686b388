-- Hold the conversation and read all a turn needs: of what waits a bounded head, the rest forms the next turn.
-- KEYS in st out it lk · ARGV owner, lease ms, newest items to read, the worker's time ms, "1" to hold it at rest too,
--   a token that nobody else has, most messages to read
-- Returns {"BUSY", ms left} or {"OK", fence, attempts, fields…} with in, out and items as lists,
--   last what is kept beside the link to its ticket, or ""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', KEYS[2], 'owner', 'until')
if held[1] and held[1] ~= '' and held[1] ~= ARGV[1] and tonumber(held[2] or '0') > now then
  return {'BUSY', tonumber(held[2]) - now}
end
-- An attempt of the version before may have begun with more.
local most = math.max(tonumber(ARGV[7]), tonumber(redis.call('HGET', KEYS[2], 'frozen') or '0'))
local waiting = redis.call('LRANGE', KEYS[1], 0, most - 1)
local due = redis.call('LRANGE', KEYS[3], 0, -1)
if #waiting == 0 and #due == 0 and (ARGV[5] ~= '1' or redis.call('HEXISTS', KEYS[2], 'since') == 0) then
  return {'IDLE'}
end
local fence = redis.call('HINCRBY', KEYS[2], 'fence', 1)
-- A failover or a restored backup repeats the number, never the token.
redis.call('HSET', KEYS[2], 'owner', ARGV[1], 'until', now + ARGV[2], 'token', ARGV[6])
if #waiting > 0 then
  -- The first attempt fixes what the turn reads and what time it is; a retake uses both.
  if redis.call('HINCRBY', KEYS[2], 'attempts', 1) == 1 or not redis.call('HGET', KEYS[2], 'frozen') then
    redis.call('HSET', KEYS[2], 'frozen', #waiting, 'clock', ARGV[4])
  end
end
local items = redis.call('LRANGE', KEYS[4], -tonumber(ARGV[3]), -1)
return {'OK', fence, waiting, due, items, redis.call('HGETALL', KEYS[2]), redis.call('GET', KEYS[5]) or ''}
