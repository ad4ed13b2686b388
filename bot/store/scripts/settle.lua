-- An effect is done: take it off the outbox, keep what it taught us, note it in the audit, and tell who waits for it.
-- KEYS st out an au ac · ARGV proof (fence:token), stored effect, answer or "", audit event or "", most events kept,
--   channel and live event for who waits for an answer, n answered ids, ids…, fact name, fact value, …
-- Returns effects left, or -1 when the fence moved
if (redis.call('HGET', KEYS[1], 'fence') or '') .. ':' .. (redis.call('HGET', KEYS[1], 'token') or '') ~= ARGV[1] then return -1 end
local taken = redis.call('LREM', KEYS[2], 1, ARGV[2])
if taken > 0 and ARGV[4] ~= '' then
  local left = redis.call('PTTL', KEYS[1])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], '*', 'e', ARGV[4])
  redis.call('SET', KEYS[5], '1')
  if left > 0 then
    redis.call('PEXPIRE', KEYS[4], left)
    redis.call('PEXPIRE', KEYS[5], left)
  end
end
local answered = tonumber(ARGV[8])
for i = 9, 8 + answered do redis.call('HSET', KEYS[3], ARGV[i], ARGV[3]) end
if answered > 0 then redis.call('EXPIRE', KEYS[3], 86400) end
local newest = answered > 0 and cjson.decode(ARGV[3]).turn
if newest and redis.call('HLEN', KEYS[3]) > 24 then
  -- Whoever waits, or repeats a post, does so within a few turns; the transcript has every answer.
  local kept = redis.call('HGETALL', KEYS[3])
  for i = 1, #kept, 2 do
    if (cjson.decode(kept[i + 1]).turn or 0) <= newest - 12 then redis.call('HDEL', KEYS[3], kept[i]) end
  end
end
for i = 9 + answered, #ARGV, 2 do redis.call('HSET', KEYS[1], 'f:' .. ARGV[i], ARGV[i + 1]) end
-- Last, so that an answer is there when somebody hears of it; who may not publish (ACL) has the answer stored all the same.
if answered > 0 then redis.pcall('PUBLISH', ARGV[6], ARGV[7]) end
return redis.call('LLEN', KEYS[2])
