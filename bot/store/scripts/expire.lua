-- Let what one process works on alone go with it.
-- KEYS set · ARGV s
return redis.call('EXPIRE', KEYS[1], ARGV[1])
