-- The ids of lines that were deleted after a turn had taken them.
-- KEYS st · Returns them with spaces between, "" for none
return redis.call('HGET', KEYS[1], 'f:gone') or ''
