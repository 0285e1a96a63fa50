-- The tree and the words of one PDU. Reads what the session kept; changes nothing.
return function(frames, fields)
  local M = {}
  local f, experts = fields.names, fields.experts

  local function generated(tree, field, ...) return tree:add(field, ...):set_generated() end
  local function printable(text) return (text:gsub("[^\32-\126]", "?")) end

  -- ---- Metadata
  local last_second = 253402300799 -- of the year 9999
  local function add_time(tree, field, range, seconds, nanoseconds)
    if seconds > last_second then seconds, nanoseconds = last_second, 0 end
    return tree:add(field, range, NSTime.new(seconds, nanoseconds))
  end
  local function add_ms(tree, field, range)
    local ms = frames.u64(range:raw(), 1)
    local rest = ms % 1000
    local item = add_time(tree, field, range, math.floor((ms - rest) / 1000), math.floor(rest * 1000000))
    if ms == 0 then item:append_text(" (0: there is no such file)") end
  end
  local function add_trigger(tree, form, range)
    local name = fields.triggers[form][range:uint()]
    tree:add(f["meta.trigger"], range):append_text(name and " (" .. name .. ")" or "")
  end

  local forms = {}
  -- v1 has 13 bytes, v2 14, v3 32, v4 40; the length counts, the version is a minimum.
  function forms.dualcam(tree, body)
    local size = body:len()
    if size < 13 then return 0 end
    tree:add(f["meta.version"], body(0, 1))
    tree:add(f["meta.type"], body(1, 1))
    add_ms(tree, f["meta.captured"], body(2, 8))
    add_trigger(tree, "dualcam", body(10, 1))
    tree:add(f["meta.duration"], body(11, 2))
    if size < 14 then return 13 end
    tree:add(f["meta.frame_rate"], body(13, 1))
    if size < 32 then return 14 end
    tree:add(f["meta.time_zone"], body(14, 2))
    tree:add(f["meta.latitude"], body(16, 8))
    tree:add(f["meta.longitude"], body(24, 8))
    if size < 40 then return 32 end
    add_ms(tree, f["meta.triggered"], body(32, 8))
    return 40
  end

  -- The 14 bytes ADAS and DSM share.
  local function path_common(tree, form, body)
    add_time(tree, f["meta.captured"], body(0, 4), body(0, 4):uint(), 0)
    tree:add(f["meta.kind"], body(4, 1))
    add_trigger(tree, form, body(5, 1))
    tree:add(f["meta.latitude"], body(6, 4), body(6, 4):int() / 1e6)
    tree:add(f["meta.longitude"], body(10, 4), body(10, 4):int() / 1e6)
  end
  function forms.adas(tree, body)
    if body:len() < 15 then return 0 end
    path_common(tree, "adas", body)
    tree:add(f["meta.duration"], body(14, 1))
    return 15
  end
  function forms.dsm(tree, body)
    if body:len() < 26 then return 0 end
    path_common(tree, "dsm", body)
    local events = tree:add(f["meta.events"], body(14, 2))
    for _, name in ipairs(fields.events) do events:add(f["meta.event." .. name], body(14, 2)) end
    -- Reversed, padded; a byte above 127 says that nobody set a name.
    local name = body(16, 10):raw():reverse()
    name = name:find("[\128-\255]") and "" or name:gsub("[%z\1-\31]", ""):gsub("^ +", ""):gsub(" +$", "")
    tree:add(f["meta.driver"], body(16, 10), name)
    return 26
  end
  function forms.json(tree, body)
    tree:add(f["meta.json"], body(), printable(body:raw()))
    return body:len()
  end

  -- ---- Bodies. `body` is the frame behind its header, nil when it is empty. Each answers what the info column says.
  local function position_words(pdu)
    if not pdu.offset then return string.format("at position %d", pdu.position) end
    if pdu.packets then return string.format("at packet %d (byte %d)", pdu.position, pdu.offset) end
    return string.format("at byte %d", pdu.offset)
  end
  local function add_position(tree, pdu, body)
    tree:add(f.position, body(0, 4))
    if pdu.offset then generated(tree, f.offset, body(0, 4), pdu.offset) end
    return position_words(pdu)
  end

  local bodies = {}
  bodies[frames.START] = function(tree, pdu, body)
    local size = body(0, 4):uint()
    local unit = pdu.packets == nil and "" or pdu.packets and " packets" or " bytes"
    tree:add(f.size, body(0, 4)):append_text(unit)
    tree:add(f.file_crc, body(4, 2))
    if size == 0 then return "nothing left" end
    return size .. unit
  end
  bodies[frames.RESUME] = add_position
  bodies[frames.SYNC] = add_position
  bodies[frames.STATUS] = function(tree, pdu, body)
    local item, value = tree:add(f.status, body(0, 4)), body(0, 4):uint()
    if value ~= 0 then item:add_proto_expert_info(experts.status) end
    return string.format("%d (%s)", value, fields.statuses[value] or "unknown")
  end
  bodies[frames.FILE_REQUEST] = function(tree, pdu, body)
    tree:add(f.identifier, body(), printable((body:raw():gsub("%z.*$", ""))))
  end
  bodies[frames.META_REQUEST] = function(tree, pdu, body)
    if not body then return "for the file of the path" end
    local name = printable((body:raw():gsub("%z+$", "")))
    tree:add(f.identifier, body(), name)
    return "for " .. name
  end
  bodies[frames.PATH] = function(tree, pdu, body)
    local path = printable((body:raw():gsub("%z.*$", "")))
    tree:add(f.path, body(), path)
    return path
  end
  bodies[frames.META] = function(tree, pdu, body)
    if not body then return "empty" end
    local form = pdu.form or "dualcam"
    generated(tree, f["meta.form"], body(), form)
    local used = forms[form](tree, body)
    if used < body:len() then tree:add(f["meta.rest"], body(used)) end
    if form == "json" then return nil end
    if used == 0 then return string.format("of %d bytes, too short", body:len()) end
    local at = form == "dualcam" and 10 or 5
    local trigger = body(at, 1):uint()
    return "trigger " .. (fields.triggers[form][trigger] or trigger)
  end

  local function data(tree, pdu, body)
    local first, last = pdu.id == frames.ENHANCED_DATA and 4 or 0, body:len() - 2
    if first > 0 then
      tree:add(f.offset, body(0, 4))
    elseif pdu.offset then
      generated(tree, f.offset, body(0, math.min(1, body:len())), pdu.offset)
    end
    if pdu.packet then generated(tree, f.packet, body(0, 1), pdu.packet) end
    if last > first then tree:add(f.data, body(first, last - first)) end
    generated(tree, f.data_len, body(first, last - first + 2), last - first)
    local crc = tree:add(f.crc, body(last, 2))
    if pdu.ok ~= nil then
      generated(tree, f["crc.ok"], body(last, 2), pdu.ok)
      generated(tree, f["crc.expected"], body(last, 2), pdu.expected)
    end
    if pdu.ok == false then crc:add_proto_expert_info(experts.crc) end
    if pdu.retransmission then
      generated(tree, f.retransmission, body(0, 1), true):add_proto_expert_info(experts.retransmission)
    end
    local words = string.format("%d bytes", last - first)
    if pdu.offset then words = words .. " at " .. pdu.offset end
    if pdu.packet then
      words = words .. ", packet " .. pdu.packet .. (pdu.declared and " of " .. pdu.declared or "")
    elseif pdu.offset and pdu.declared and pdu.packets == false then
      words = words .. " of " .. pdu.declared
    end
    if pdu.retransmission then words = words .. ", sent before" end
    if pdu.ok == false then words = words .. ", BAD CRC" end
    return words
  end
  bodies[frames.DATA], bodies[frames.ENHANCED_DATA] = data, data

  local function init(tree, range)
    tree:add(f.protocol, range(2, 2))
    local imei = frames.u64(range(4, 8):raw(), 1)
    local item = tree:add(f.imei, range(4, 8))
    if not frames.is_imei(imei) then item:add_proto_expert_info(experts.imei) end
    local settings = tree:add(f.settings, range(12, 4))
    local value, waits = range(12, 4):uint(), {}
    settings:add(f["waiting.always"], range(12, 4))
    -- The highest bit that is asked about is 29.
    value = value % 0x40000000
    for at, class in ipairs({ "videor", "videof", "photor", "photof", "path" }) do
      settings:add(f["waiting." .. class], range(12, 4))
      if value >= 2 ^ (30 - at) then
        waits[#waits + 1] = class == "path" and "a path file" or "%" .. class
        value = value - 2 ^ (30 - at)
      end
    end
    settings:add(f["settings.low"], range(12, 4))
    return string.format("of %.0f, protocol %d: %s", imei, range(2, 2):uint(),
      #waits == 0 and "nothing waits" or table.concat(waits, ", ") .. (#waits == 1 and " waits" or " wait"))
  end

  -- ---- One PDU: its tree, and what the info column says of it.
  local function links(tree, pdu, range)
    if pdu.request then
      generated(tree, f.request_in, range(0, 2), pdu.request)
      local whole = math.floor(pdu.waited)
      generated(tree, f.answer_time, range(0, 2), NSTime.new(whole, math.floor((pdu.waited - whole) * 1e9 + 0.5)))
    end
    if pdu.answer then generated(tree, f.answer_in, range(0, 2), pdu.answer) end
  end

  local function frame(tree, pdu, range)
    tree:add(f.cmd, range(0, 2)):append_text(" (" .. frames.names[pdu.id] .. ")")
    generated(tree, f.name, range(0, 2), frames.names[pdu.id])
    if pdu.from then generated(tree, f.from, range(0, 2), pdu.from) end
    local words
    if pdu.id == frames.INIT then
      words = init(tree, range)
    elseif pdu.id ~= frames.INIT_REPEAT then
      tree:add(f.len, range(2, 2))
      local body = range:len() > 4 and range(4) or nil
      local show = bodies[pdu.id]
      if show then words = show(tree, pdu, body) end
    end
    if pdu.imei and pdu.id ~= frames.INIT then generated(tree, f.imei, range(0, 2), UInt64(pdu.imei % 2 ^ 32, math.floor(pdu.imei / 2 ^ 32))) end
    if pdu.name then generated(tree, f.file_name, range(0, 2), printable(pdu.name)) end
    links(tree, pdu, range)
    words = frames.names[pdu.id] .. (words and " " .. words or "")
    if pdu.name and pdu.id ~= frames.PATH then words = words .. " (" .. printable(pdu.name) .. ")" end
    return words
  end

  function M.pdu(tree, pdu, range)
    if pdu.kind == "frame" then return frame(tree, pdu, range) end
    if pdu.kind == "broken" then
      tree:add(f.cmd, range(0, 2)):append_text(" (" .. frames.names[pdu.id] .. ")")
      generated(tree, f.name, range(0, 2), frames.names[pdu.id])
      generated(tree, f.from, range(0, 2), "device")
      tree:add(f.broken, range()):add_proto_expert_info(experts.broken)
      generated(tree, f["crc.ok"], range(0, 2), false)
      return string.format("%s broken off after %d of %d bytes", frames.names[pdu.id], pdu.size, pdu.promised)
    end
    if pdu.kind == "stray" then
      tree:add(f.stray, range(0, 1)):add_proto_expert_info(experts.stray)
      return "a byte more of META"
    end
    tree:add(f.unframed, range()):add_proto_expert_info(experts.unframed, pdu.why)
    if pdu.foreign then
      tree:add_proto_expert_info(experts.wrong_port, pdu.foreign)
      return pdu.foreign
    end
    return string.format("%d bytes of no frame: %s", pdu.size, pdu.why)
  end

  function M.cut(tree, range)
    tree:add(f.cut, range()):add_proto_expert_info(experts.cut)
    return "a frame that the capture does not hold whole"
  end

  function M.file(tree, pdu, tvb)
    tree:add(f.file, tvb()):set_generated()
    generated(tree, f.file_size, tvb(), #pdu.file)
    if pdu.connections > 1 then tree:add_proto_expert_info(experts.pieced) end
  end
  function M.gap(tree, pdu)
    tree:add_proto_expert_info(experts.gap, string.format("The file ends here, but bytes from %d on are not in the capture", pdu.gap))
  end

  return M
end
