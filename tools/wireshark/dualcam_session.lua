-- What a conversation between a camera and its server means, PDU by PDU: which file, where in it, whether the checksums
-- chain, what answers what. Filled on Wireshark's first pass, in order; later passes only read what is kept. No Wireshark.
--
-- Positions. A file asked for by identifier ("%photof") below protocol 6 counts 1024-byte packets: START says how many,
-- RESUME and SYNC name one (from 1; 0 is 1, too). A file asked for by path, and every file from protocol 6 on, counts
-- bytes from 0. The number's size says nothing.
-- Checksums. A DATA's CRC goes on from the one before it, from 0 behind every SYNC; ENHANCED DATA's stands alone.
-- INIT REPEAT is the acknowledgement: the device drops the file.
return function(frames)
  local M = {}
  local first_enhanced_protocol = 6

  -- Everything known of one capture file.
  function M.new() return { conversations = {}, parts = {} } end

  function M.conversation(all, key)
    local found = all.conversations[key]
    if not found then
      found = { key = key, all = all, waiting = {} }
      all.conversations[key] = found
    end
    return found
  end

  function M.side(conv, sender)
    if not conv.device then return nil end
    return conv.device == sender and "device" or "server"
  end

  -- Some firmware says 13 bytes of META and sends 14: a byte belongs to it when no command begins there but one behind.
  local function is_stray(conv, bytes, at, side)
    if not conv.stray_possible or side ~= "device" then return false end
    if #bytes - at + 1 < 2 then return nil, 1 end
    local id = frames.u16(bytes, at)
    if id ~= 0 and type(id) == "number" and frames.names[id] then return false end
    if #bytes - at + 1 < 3 then return nil, 1 end
    local behind = frames.u16(bytes, at + 1)
    return behind == frames.START or behind == frames.STATUS
  end

  -- A whole frame of file bytes: does its checksum fit, and if not, did it break off?
  local function check(conv, bytes, at, head, options)
    local pdu = { kind = "frame", id = head.id, from = "device", size = head.size }
    local data = frames.data_of(bytes, at, head)
    pdu.data = data
    local chain = head.id == frames.ENHANCED_DATA and 0 or conv.crc
    if not options.verify or not chain then return pdu end
    pdu.expected = frames.crc16(chain, data.bytes)
    pdu.ok = pdu.expected == data.crc
    if pdu.ok then return pdu end
    local again, missing = frames.retransmission(bytes, at, head, chain, conv.offset)
    if again then
      return { kind = "broken", id = head.id, from = "device", size = again - at, promised = head.size }
    end
    if missing and options.may_wait then return nil, missing end
    return pdu
  end

  -- What begins at `at` (1-based) of `bytes`; nil and the number of bytes missing when it is not whole.
  -- options: verify (checksums), may_wait (false: no more bytes will come).
  function M.take(conv, bytes, at, sender, options)
    local side = M.side(conv, sender)
    local stray, wait = is_stray(conv, bytes, at, side)
    if stray then return { kind = "stray", from = "device", size = 1 } end
    if stray == nil then return nil, wait end
    local head, why = frames.header(bytes, at, side)
    if not head then
      if type(why) == "number" then return nil, why end
      return { kind = "unframed", from = side, why = why, size = frames.unframed(bytes, at, side) }
    end
    local missing = at + head.size - 1 - #bytes
    if missing > 0 then return nil, missing end
    if head.id == frames.DATA or head.id == frames.ENHANCED_DATA then return check(conv, bytes, at, head, options) end
    return { kind = "frame", id = head.id, from = head.from, size = head.size }
  end

  -- ---- Files
  local function counts_packets(conv, name)
    if not name then return nil end
    return name:sub(1, 1) == "%" and (conv.protocol or 0) < first_enhanced_protocol
  end

  local function offset_of(conv, position)
    local file = conv.file
    if not file or file.packets == nil then return nil end
    if not file.packets then return position end
    return (math.max(position, 1) - 1) * frames.packet_size
  end

  -- The bytes of a file live on when a connection ends in the middle of it: the next one goes on where it broke off.
  -- They are taken for the same file only when camera, name, size and metadata are.
  local function begin_parts(conv)
    local file = conv.file
    local key = table.concat({ conv.imei or conv.key, file.name or "?", file.declared, conv.meta or "" }, "\n")
    local parts = conv.all.parts[key]
    if not parts then
      parts = { key = key, chunks = {}, high = 0, connections = {}, count = 0 }
      conv.all.parts[key] = parts
    end
    file.parts = parts
  end

  local function assemble(parts, total)
    local places, out, have = {}, {}, 0
    for place in pairs(parts.chunks) do places[#places + 1] = place end
    table.sort(places)
    for _, place in ipairs(places) do
      local chunk = parts.chunks[place]
      if place > have then return nil, have end
      if place + #chunk > have then
        out[#out + 1] = chunk:sub(have - place + 1)
        have = place + #chunk
      end
    end
    if have < total then return nil, have end
    return table.concat(out)
  end

  local function store(conv, pdu, options)
    local file, data, place = conv.file, pdu.data, pdu.offset
    local parts = file and file.parts
    if not parts or not place or #data.bytes == 0 then return end
    local stop = place + #data.bytes
    pdu.retransmission = stop <= parts.high
    parts.high = math.max(parts.high, stop)
    if pdu.ok == false or not options.keep then return end
    parts.chunks[place] = data.bytes
    if not parts.connections[conv.key] then
      parts.connections[conv.key] = true
      parts.count = parts.count + 1
    end
    local last
    if file.packets then last = pdu.packet == file.declared else last = stop == file.declared end
    if not last then return end
    local content, have = assemble(parts, stop)
    if content then
      pdu.file, pdu.connections = content, parts.count
    else
      pdu.gap = have
    end
  end

  -- ---- What each PDU does to the conversation
  local on = {}

  on[frames.INIT] = function(conv, pdu, bytes, at)
    conv.protocol, conv.imei = frames.u16(bytes, at + 2), frames.u64(bytes, at + 4)
    conv.file, conv.meta, conv.asked, conv.crc, conv.offset = nil, nil, nil, nil, nil
  end

  on[frames.META_REQUEST] = function(conv, pdu, bytes, at)
    if pdu.size > 4 then conv.asked = bytes:sub(at + 4, at + pdu.size - 1):gsub("%z+$", "") else conv.asked = conv.path end
  end

  on[frames.PATH] = function(conv, pdu, bytes, at)
    conv.path = bytes:sub(at + 4, at + pdu.size - 1):gsub("%z.*$", "")
    conv.asked = conv.path
  end

  on[frames.META] = function(conv, pdu, bytes, at)
    conv.meta = bytes:sub(at + 4, at + pdu.size - 1)
    pdu.name = conv.asked
    pdu.form = M.metadata_form(conv)
    conv.stray_possible = #conv.meta == 13 and pdu.form == "dualcam"
  end

  on[frames.FILE_REQUEST] = function(conv, pdu, bytes, at)
    local name = bytes:sub(at + 4, at + pdu.size - 1):gsub("%z.*$", "")
    -- Some servers ask for a long path by its first 7 bytes.
    if conv.path and #name == 7 and name:sub(1, 1) ~= "%" and conv.path:sub(1, 7) == name then name = conv.path end
    conv.file = { name = name, packets = counts_packets(conv, name) }
    conv.crc, conv.offset = nil, nil
  end

  on[frames.START] = function(conv, pdu, bytes, at)
    conv.file = conv.file or {}
    conv.file.declared = frames.u32(bytes, at + 4)
    pdu.declared = conv.file.declared
    begin_parts(conv)
  end

  on[frames.RESUME] = function(conv, pdu, bytes, at)
    pdu.position = frames.u32(bytes, at + 4)
    pdu.offset = offset_of(conv, pdu.position)
  end

  on[frames.SYNC] = function(conv, pdu, bytes, at)
    pdu.position = frames.u32(bytes, at + 4)
    conv.offset = offset_of(conv, pdu.position)
    pdu.offset = conv.offset
    conv.crc = 0
  end

  on[frames.DATA] = function(conv, pdu, _, _, options)
    local data, file = pdu.data, conv.file
    pdu.offset = data.offset or conv.offset
    if pdu.offset and file and file.packets then pdu.packet = math.floor(pdu.offset / frames.packet_size) + 1 end
    store(conv, pdu, options)
    -- What is behind a bad one is checked against what that one said, but where it belongs is not known before the
    -- next SYNC: the server drops it, too.
    conv.crc = data.crc
    conv.offset = pdu.ok ~= false and pdu.offset and pdu.offset + #data.bytes or nil
  end
  on[frames.ENHANCED_DATA] = on[frames.DATA]

  on[frames.INIT_REPEAT] = function(conv)
    if conv.file and conv.file.parts then conv.all.parts[conv.file.parts.key] = nil end
    conv.path = nil
  end

  -- Which of the forms of META this is; mid-stream, when nobody saw the request, its length has to tell.
  function M.metadata_form(conv)
    local name, meta = conv.asked, conv.meta
    if meta:sub(1, 1) == "{" or (conv.protocol or 0) >= first_enhanced_protocol then return "json" end
    if not name then return ({ [15] = "adas", [26] = "dsm" })[#meta] or "dualcam" end
    if name:sub(1, 1) == "%" then return "dualcam" end
    return name:find("dsm", 1, true) and "dsm" or "adas"
  end

  -- ---- Answers
  local answered_by = {
    [frames.META_REQUEST] = frames.META, [frames.PATH_REQUEST] = frames.PATH, [frames.FILE_REQUEST] = frames.START,
    [frames.RESUME] = frames.SYNC, [frames.INIT_REPEAT] = frames.INIT,
  }

  local function match(conv, pdu)
    if answered_by[pdu.id] then
      conv.waiting[answered_by[pdu.id]] = pdu
      conv.last_request = pdu
      return
    end
    local request = conv.waiting[pdu.id]
    if pdu.id == frames.STATUS and pdu.from == "device" then request = conv.last_request end
    if not request or request.answer then return end
    request.answer = pdu.number
    pdu.request, pdu.waited = request.number, pdu.time - request.time
    conv.waiting[pdu.id] = nil
  end

  -- First pass: takes what `take` found into the conversation and keeps with it what later passes show.
  -- pdu.number and pdu.time are the packet's.
  function M.apply(conv, pdu, bytes, at, sender, receiver, options)
    if pdu.kind == "unframed" then
      if pdu.from ~= "server" then conv.crc, conv.offset = nil, nil end
      return
    end
    if pdu.from == "device" then conv.stray_possible = false end
    if pdu.kind ~= "frame" then
      pdu.offset = conv.offset
      return
    end
    if not conv.device then
      if pdu.from == "device" then conv.device = sender elseif pdu.from == "server" then conv.device = receiver end
    end
    pdu.imei = conv.imei
    local act = on[pdu.id]
    if act then act(conv, pdu, bytes, at, options) end
    local file = conv.file
    if file and pdu.id ~= frames.META and pdu.id ~= frames.INIT then
      pdu.name, pdu.packets = file.name, file.packets
      pdu.declared = file.declared
    end
    match(conv, pdu)
    pdu.data = pdu.data and { size = #pdu.data.bytes } -- the packet has the bytes
  end

  return M
end
