-- Copy conversations' events into the common audit, each once: only from where the last copy ended.
-- KEYS audit, positions… · ARGV ttl s, most events kept, then of each conversation: position read before or "",
--   position after, its name, n events, events…
-- Returns of each the events copied, -1 where somebody else was faster
local copied, at = {}, 3
for place = 2, #KEYS do
  local first, count = at + 4, tonumber(ARGV[at + 3])
  if (redis.call('GET', KEYS[place]) or '') ~= ARGV[at] then
    copied[place - 1] = -1
  else
    for i = first, first + count - 1 do
      redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'c', ARGV[at + 2], 'e', ARGV[i])
    end
    redis.call('SET', KEYS[place], ARGV[at + 1], 'EX', ARGV[1])
    copied[place - 1] = count
  end
  at = first + count
end
return copied
