-- Copy a conversation's events into the common audit, each once: only from where the last copy ended.
-- KEYS audit position · ARGV position read before or "", position after, ttl s, most events kept, conversation, events…
-- Returns the events copied, -1 where somebody else was faster
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return -1 end
for i = 6, #ARGV do redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'c', ARGV[5], 'e', ARGV[i]) end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return #ARGV - 5
