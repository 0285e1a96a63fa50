-- Frames of Teltonika's camera file transfer found in bytes, and the checksum of its DATA. No state, no Wireshark.
--
-- Everything is big endian. A device's INIT has 16 bytes and no length field, the server's INIT REPEAT 2 bytes and no
-- length field; every other frame is `u16 command, u16 length, length bytes`. 0000 begins an INIT when it comes from the
-- device and is CLOSE (0000 0000) when it comes from the server: an INIT's next two bytes, its protocol id, are not 0.
-- All other commands but STATUS go in one direction only, so that the bytes tell who speaks.
local bits = bit or bit32

local M = {
  INIT = "INIT", CLOSE = 0x0000, START = 0x0001, RESUME = 0x0002, SYNC = 0x0003, DATA = 0x0004, STATUS = 0x0005,
  FILE_REQUEST = 0x0008, INIT_REPEAT = 0x0009, META_REQUEST = 0x000a, META = 0x000b, PATH_REQUEST = 0x000c,
  PATH = 0x000d, ENHANCED_DATA = 0x000e,
}

M.names = {
  [M.INIT] = "INIT", [M.CLOSE] = "CLOSE", [M.START] = "START", [M.RESUME] = "RESUME", [M.SYNC] = "SYNC",
  [M.DATA] = "DATA", [M.STATUS] = "STATUS", [M.FILE_REQUEST] = "FILE REQUEST", [M.INIT_REPEAT] = "INIT REPEAT",
  [M.META_REQUEST] = "META REQUEST", [M.META] = "META", [M.PATH_REQUEST] = "PATH REQUEST", [M.PATH] = "PATH",
  [M.ENHANCED_DATA] = "ENHANCED DATA",
}

M.packet_size = 1024 -- bytes of a packet in the packet dialect; only a file's last is shorter
local init_size, header_size = 16, 4

-- What a length may be. ENHANCED DATA: no capture shows one; INIT names chunks of 1024, and 16 KiB leaves room.
local device_lengths = {
  [M.START] = { 6, 6 }, [M.SYNC] = { 4, 4 }, [M.DATA] = { 2, M.packet_size + 2 }, [M.STATUS] = { 4, 4 },
  [M.META] = { 0, 4096 }, [M.PATH] = { 1, 256 }, [M.ENHANCED_DATA] = { 6, 16384 + 6 },
}
local server_lengths = {
  [M.CLOSE] = { 0, 0 }, [M.RESUME] = { 4, 4 }, [M.STATUS] = { 4, 4 }, [M.FILE_REQUEST] = { 1, 256 },
  [M.META_REQUEST] = { 0, 256 }, [M.PATH_REQUEST] = { 2, 2 },
}

function M.u16(bytes, at)
  local high, low = bytes:byte(at, at + 1)
  return high * 256 + low
end
function M.u32(bytes, at) return M.u16(bytes, at) * 65536 + M.u16(bytes, at + 2) end
-- Exact below 2^53, which every IMEI and every time is.
function M.u64(bytes, at) return M.u32(bytes, at) * 4294967296.0 + M.u32(bytes, at + 4) end

-- ---- CRC-16, polynomial 0x8408 reflected, no final xor.
local crc_table = {}
for value = 0, 255 do
  local crc = value
  for _ = 1, 8 do
    if crc % 2 == 1 then crc = bits.bxor((crc - 1) / 2, 0x8408) else crc = crc / 2 end
  end
  crc_table[value] = crc
end

function M.crc16(crc, bytes)
  local bxor, step, byte = bits.bxor, crc_table, string.byte
  for at = 1, #bytes do
    local low = crc % 256
    crc = bxor((crc - low) / 256, step[bxor(low, byte(bytes, at))])
  end
  return crc
end

-- ---- IMEI
local function luhn(number)
  local sum, double = 0, false
  while number > 0 do
    local digit = number % 10
    number = (number - digit) / 10
    if double then digit = digit * 2 end
    sum = sum + (digit > 9 and digit - 9 or digit)
    double = not double
  end
  return sum % 10 == 0
end

-- 15 digits; type allocation codes that begin with 0 exist.
function M.is_imei(number) return number >= 1e12 and number < 1e15 and luhn(number) end

-- Whether a whole INIT is at `at`, beyond doubt: what the heuristics ask.
function M.is_init(bytes, at)
  if #bytes - at + 1 < init_size or M.u16(bytes, at) ~= 0 then return false end
  local protocol, settings = M.u16(bytes, at + 2), M.u32(bytes, at + 12)
  return protocol > 0 and protocol < 256 and settings >= 0x40000000 and settings < 0x80000000 and
    M.is_imei(M.u64(bytes, at + 4))
end

-- ---- The header at `at`; `side` is who speaks ("device", "server", or nil when nobody knows yet).
-- Answers {id, from, size}; or nil and how many bytes are missing; or nil and why no frame begins here.
function M.header(bytes, at, side)
  local have = #bytes - at + 1
  if have < 2 then return nil, 2 - have end
  local id = M.u16(bytes, at)
  if id == M.INIT_REPEAT and side ~= "device" then return { id = id, from = "server", size = 2 } end
  if not (id == 0 or side ~= "server" and device_lengths[id] or side ~= "device" and server_lengths[id]) then
    return nil, string.format("0x%04x is no command%s", id, side and " of the " .. side or "")
  end
  if have < header_size then return nil, header_size - have end
  local length = M.u16(bytes, at + 2)
  if id == 0 and side == nil and length == 0 and #bytes ~= header_size then return nil, "zeros are no command" end
  if id == 0 and (side == "device" or side == nil and length ~= 0) then
    if side == nil and have >= init_size and not M.is_init(bytes, at) then return nil, "this is no INIT" end
    return { id = M.INIT, from = "device", size = init_size }
  end
  local from, range = "device", side ~= "server" and device_lengths[id]
  if not range then from, range = "server", server_lengths[id] end
  if length < range[1] or length > range[2] then
    return nil, string.format("%s with a length of %d, which it cannot have", M.names[id], length)
  end
  if id == M.STATUS then from = side end
  return { id = id, from = from, size = header_size + length }
end

-- A frame at `at` that is worth starting again at, after bytes that were none.
local function restarts(bytes, at, side)
  local head = M.header(bytes, at, side)
  if not head then return false end
  if head.id == M.INIT then return M.is_init(bytes, at) end
  if head.id == M.DATA and head.size == header_size + M.packet_size + 2 then return true end
  if side == nil and head.size <= header_size then return false end -- too little to learn from who speaks
  local behind = at + head.size
  if behind >= #bytes + 1 then return behind == #bytes + 1 end
  local following, why = M.header(bytes, behind, side)
  return following ~= nil or type(why) == "number"
end

-- How many bytes from `at` on belong to no frame (at least 1).
function M.unframed(bytes, at, side)
  local full = "\0\4\4\2" -- the header of a full DATA
  for place = at + 1, #bytes do
    if bytes:byte(place) == 0 then
      local rest = #bytes - place + 1
      if side ~= "server" and rest > 1 and rest < #full and bytes:sub(place) == full:sub(1, rest) then
        return place - at
      end
      if restarts(bytes, place, side) then return place - at end
    end
  end
  return #bytes - at + 1
end

-- DATA taken apart: file bytes, checksum, and ENHANCED DATA's offset.
function M.data_of(bytes, at, head)
  local first = at + header_size + (head.id == M.ENHANCED_DATA and 4 or 0)
  local last = at + head.size - 1
  return {
    bytes = bytes:sub(first, last - 2), crc = M.u16(bytes, last - 1),
    offset = head.id == M.ENHANCED_DATA and M.u32(bytes, at + header_size) or nil,
  }
end

-- Real devices break a DATA off and send it again, whole, with a new header and a CRC that chains from the last good
-- one, in the middle of what the first header promised. Answers where that begins; or nil and how many bytes more it
-- would take to tell.
local max_candidates = 8 -- each costs a checksum over a frame, and real ones are alone
function M.retransmission(bytes, at, head, crc, offset)
  local missing, candidates = nil, 0
  local start = "\0" .. string.char(head.id)
  local place = at
  while candidates < max_candidates do
    place = bytes:find(start, place + 1, true)
    if not place or place >= at + head.size then break end
    local again = M.header(bytes, place, "device")
    if again and place + again.size - 1 > #bytes then
      missing = missing or place + again.size - 1 - #bytes
    elseif again then
      candidates = candidates + 1
      local data = M.data_of(bytes, place, again)
      if #data.bytes > 0 and (data.offset == nil or data.offset == offset) and
        M.crc16(data.offset and 0 or crc, data.bytes) == data.crc then
        return place
      end
    end
  end
  return nil, missing
end

return M
