-- Replace a record that still stands as it was read.
-- KEYS records · ARGV name, what was read, what replaces it
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
