-- Whether a conversation counts as open.
-- KEYS open · ARGV conversation, now s, s for which it counts · Returns 1 or 0
local since = redis.call('ZSCORE', KEYS[1], ARGV[1])
return since and tonumber(since) > ARGV[2] - ARGV[3] and 1 or 0
