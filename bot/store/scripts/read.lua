-- Read a conversation without holding it.
-- KEYS st it in · Returns {fields…}, {entries…}, messages waiting
return {redis.call('HGETALL', KEYS[1]), redis.call('LRANGE', KEYS[2], 0, -1), redis.call('LLEN', KEYS[3])}
