-- Take what is due; each stays in the set, due again when its taker does not come back.
-- Where more is due than is taken, workspaces take turns, in each of them its places (what a conversation's id begins
-- with), and in each place the authors: whoever has the fewest at work comes first, the oldest of those first; and no
-- place gets more at once than it may have. An author who is not known is one for each conversation.
-- KEYS due first, and optionally who was worked on, and who has written · ARGV most, hold ms, and optionally: how many
--   of one place at most, how many are looked at, then name and number at work of each place, workspace (* before it)
--   and author (@ before it) · Returns {ms until the next is due or -1, conversation, score, ms it is late, author, …}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most = tonumber(ARGV[1])
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
local held_back = false

local function kid_of(node, name, busy, cap)
  local kid = node.by[name]
  if not kid then
    kid = {by = {}, kids = {}, level = -1, at = 1, busy = busy or 0, most = cap}
    node.by[name] = kid
    node.kids[#node.kids + 1] = kid
  end
  return kid
end

local function take(node)
  if node.rows then
    local row = node.rows[node.at]
    node.at = node.at + 1
    return row
  end
  while true do
    while node.at <= #node.kids do
      local kid = node.kids[node.at]
      node.at = node.at + 1
      if kid.busy <= node.level then
        local row = kid.busy < kid.most and take(kid)
        if row then
          kid.busy = kid.busy + 1
          return row
        end
        kid.most = 0 -- nothing more is to be had of it
      end
    end
    local kids, level = {}, math.huge
    for _, kid in ipairs(node.kids) do
      if kid.busy < kid.most then
        kids[#kids + 1] = kid
        level = math.min(level, kid.busy)
      end
    end
    if #kids == 0 then return nil end
    node.kids, node.level, node.at = kids, level, 1
  end
end

if ARGV[3] and #taken > 0 then
  local cap, window, found = tonumber(ARGV[3]), taken, {}
  if #taken == most * 2 then
    local due, looked = redis.call('ZCOUNT', KEYS[1], '-inf', now), tonumber(ARGV[4])
    local parts = 16
    local size, step = math.floor(looked / parts), math.floor(due / parts)
    window = {}
    for part = 0, parts - 1 do
      local first, last = part * step, (part + 1) * step - 1
      if part == parts - 1 then last = due - 1 end
      if last - first >= size then -- the oldest, the newest, and of what is between them other ones each time
        if part == parts - 1 then first = last - size + 1
        elseif part > 0 then first = first + now % (last - first - size + 2) end
        last = first + size - 1
      end
      local rows = last >= first and redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES') or {}
      for i = 1, #rows do window[#window + 1] = rows[i] end
    end
  end
  local at_work, names = {}, {}
  for i = 5, #ARGV, 2 do at_work[ARGV[i]] = tonumber(ARGV[i + 1]) end
  for i = 1, #window, 2 do names[#names + 1] = window[i] end
  local authors = KEYS[4] and redis.call('HMGET', KEYS[4], unpack(names)) or {}
  local root = {by = {}, kids = {}, level = -1, at = 1}
  for number, name in ipairs(names) do
    local place = string.match(name, '^(.*):[^:]*$') or name
    local workspace = string.match(place, '^([^:]*:[^:]*):[^:]*$') or place
    local author = authors[number] or name
    local node = kid_of(root, workspace, at_work['*' .. workspace], math.huge)
    node = kid_of(node, place, at_work[place], cap)
    node = kid_of(node, author, at_work['@' .. author], math.huge)
    node.rows = node.rows or {}
    node.rows[#node.rows + 1] = number
  end
  while #found < most * 2 do
    local number = take(root)
    if not number then break end
    found[#found + 1] = window[number * 2 - 1]
    found[#found + 1] = window[number * 2]
  end
  held_back = #found < math.min(most * 2, #window)
  taken = found
end
local out = {-1}
for i = 1, #taken, 2 do
  local conversation = taken[i]
  redis.call('ZADD', KEYS[1], now + ARGV[2], conversation)
  redis.call('HDEL', KEYS[2], conversation)
  if KEYS[3] then redis.call('ZADD', KEYS[3], now, conversation) end
  local author = KEYS[4] and redis.call('HGET', KEYS[4], conversation)
  if author then redis.call('HDEL', KEYS[4], conversation) end
  out[#out + 1] = conversation
  out[#out + 1] = string.format('%.0f', now + ARGV[2])
  out[#out + 1] = string.format('%.0f', now - tonumber(taken[i + 1]))
  out[#out + 1] = author or ''
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if next[2] then out[1] = math.max(held_back and 50 or 0, tonumber(next[2]) - now) end
return out
