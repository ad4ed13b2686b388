-- Look at what is due and not taken. KEYS due · Returns {how many, ms that the oldest is late}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local late = first[2] and math.max(0, now - tonumber(first[2])) or 0
return {redis.call('ZCOUNT', KEYS[1], '-inf', now), string.format('%.0f', late)}
