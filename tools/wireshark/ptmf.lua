-- PTMF, the record stream of DualCam video, for Wireshark and tshark: as a file ("tshark -r clip.ptmf": a packet for each
-- record) and for other dissectors that have a whole file ("ptmf").
--
-- Little endian. A record is a header of 36 bytes and its payload:
--   0 "PTMF"  4 u8 0..3, unknown  5 'I' key picture, 'P' picture, 'A' sound  6 u8 0  7 u8 frames per second
--   8 u16 width  10 u16 height  12 u32 number, of pictures and sounds apart, +1 each  16 u64 0  24 u32 payload length
--   28 u64 time in microseconds since the camera began  36 payload
-- Pictures are HEVC with start codes (VPS, SPS, PPS, SEI and IDR in 'I', a slice in 'P'); a sound is 0001a000 and then
-- G.711 A-law, 8 kHz, mono, 40 ms in 320 bytes.
local header_size = 36
local max_payload = 16 * 1024 * 1024 -- a picture of the camera has some 100 KiB

local unknown, ptmf = pcall(Proto.new, "ptmf", "DualCam video (PTMF)")
if not unknown then return end -- installed for everybody and for this user: one is enough
local f = {
  unknown = ProtoField.uint8("ptmf.unknown", "Unknown"),
  type = ProtoField.string("ptmf.type", "Type"),
  fps = ProtoField.uint8("ptmf.fps", "Frames per second"),
  width = ProtoField.uint16("ptmf.width", "Width"),
  height = ProtoField.uint16("ptmf.height", "Height"),
  sequence = ProtoField.uint32("ptmf.sequence", "Number"),
  reserved = ProtoField.uint64("ptmf.reserved", "Reserved", base.HEX),
  len = ProtoField.uint32("ptmf.len", "Payload length"),
  time = ProtoField.uint64("ptmf.time", "Time of the camera in microseconds"),
  payload = ProtoField.bytes("ptmf.payload", "Payload"),
  sound_head = ProtoField.bytes("ptmf.sound.head", "Head of the sound"),
  sound = ProtoField.bytes("ptmf.sound", "A-law samples"),
  nal = ProtoField.uint8("ptmf.nal", "NAL unit", base.DEC, {
    [0] = "slice (TRAIL_N)", [1] = "slice (TRAIL_R)", [19] = "IDR (IDR_W_RADL)", [20] = "IDR (IDR_N_LP)", [21] = "CRA",
    [32] = "VPS", [33] = "SPS", [34] = "PPS", [35] = "AUD", [39] = "SEI", [40] = "SEI (suffix)" }, 0x7e),
  skipped = ProtoField.bytes("ptmf.skipped", "Bytes of no record"),
  missing = ProtoField.uint32("ptmf.missing", "Records missing before this one"),
}
local list = {}
for _, field in pairs(f) do list[#list + 1] = field end
ptmf.fields = list
local experts = {
  skipped = ProtoExpert.new("ptmf.expert.skipped", "No record begins here", PI_MALFORMED, PI_WARN),
  missing = ProtoExpert.new("ptmf.expert.missing", "Records are missing", PI_SEQUENCE, PI_WARN),
  cut = ProtoExpert.new("ptmf.expert.cut", "The record is longer than what is there", PI_MALFORMED, PI_WARN),
}
ptmf.experts = { experts.skipped, experts.missing, experts.cut }

local function u32(bytes, at)
  local a, b, c, d = bytes:byte(at, at + 3)
  return a + b * 256 + c * 65536 + d * 16777216
end

-- A plausible record header at `at` (1-based): {type, sequence, length, time}; nil when there is none.
local function header_at(bytes, at)
  if #bytes - at + 1 < header_size or bytes:sub(at, at + 3) ~= "PTMF" then return nil end
  local kind, length = bytes:sub(at + 5, at + 5), u32(bytes, at + 24)
  if not kind:find("[IPA]") or length >= max_payload then return nil end
  return { type = kind, sequence = u32(bytes, at + 12), length = length,
    time = u32(bytes, at + 28) + u32(bytes, at + 32) * 4294967296.0 }
end

-- The next header at or behind `at`, or the end.
local function next_header(bytes, at)
  local place = bytes:find("PTMF", at, true)
  while place and not header_at(bytes, place) do place = bytes:find("PTMF", place + 1, true) end
  return place or #bytes + 1
end

-- ---- One record
local function add_nals(tree, payload)
  local bytes, place = payload:raw(), 1
  while true do
    local _, last = bytes:find("\0\0\1", place, true)
    if not last or last >= #bytes then break end
    tree:add(f.nal, payload(last, 1))
    place = last + 1
  end
end

local words = { I = "key picture", P = "picture", A = "sound" }

-- `last` has the numbers of the records before, pictures and sounds apart; nil where nobody knows them.
local function add_record(tree, range, record, last)
  tree:add(f.unknown, range(4, 1))
  tree:add(f.type, range(5, 1)):append_text(" (" .. words[record.type] .. ")")
  tree:add_le(f.fps, range(7, 1))
  tree:add_le(f.width, range(8, 2))
  tree:add_le(f.height, range(10, 2))
  tree:add_le(f.sequence, range(12, 4))
  tree:add_le(f.reserved, range(16, 8))
  local length = tree:add_le(f.len, range(24, 4))
  tree:add_le(f.time, range(28, 8))
  if range:len() - header_size < record.length then length:add_proto_expert_info(experts.cut) end
  local before = last and last[record.type == "A"]
  if before and record.sequence > before + 1 then
    local item = tree:add(f.missing, range(12, 4), record.sequence - before - 1)
    item:set_generated()
    item:add_proto_expert_info(experts.missing)
  end
  if range:len() == header_size then return end
  local payload = range(header_size)
  if record.type ~= "A" then
    add_nals(tree:add(f.payload, payload), payload)
  elseif payload:len() > 4 then
    tree:add(f.sound_head, payload(0, 4))
    tree:add(f.sound, payload(4))
  else
    tree:add(f.payload, payload)
  end
end

local function describe(record)
  return string.format("%s %d, %d bytes, %.6f s", words[record.type], record.sequence, record.length, record.time / 1e6)
end

-- ---- Records on end. Where no header is, the next plausible one is looked for.
local function add_records(tvb, tree, last)
  local bytes, at, said, count = tvb:raw(), 1, nil, 0
  while at <= #bytes do
    local record = header_at(bytes, at)
    if record then
      local size = math.min(header_size + record.length, #bytes - at + 1)
      local range = tvb(at - 1, size)
      local branch = tree:add(ptmf, range, "PTMF " .. describe(record))
      add_record(branch, range, record, last)
      last[record.type == "A"] = record.sequence
      said, count, at = said or describe(record), count + 1, at + size
    else
      local stop = next_header(bytes, at + 1)
      local range = tvb(at - 1, stop - at)
      tree:add(ptmf, range, "PTMF, damaged"):add(f.skipped, range):add_proto_expert_info(experts.skipped)
      at = stop
    end
  end
  return said, count
end

function ptmf.dissector(tvb, _, tree)
  add_records(tvb, tree, {})
  return tvb:len()
end

-- ---- A file of records, opened by itself. Its packets come as "exported PDUs", which name their dissector: no link type
-- of the user's is taken for it.
local of_file = Proto("ptmf_record", "Record of a PTMF file")
local before = {} -- the numbers before each packet, by packet

function of_file.init() before = {} end

function of_file.dissector(tvb, pinfo, tree)
  if not pinfo.visited then
    before.now = before.now or {}
    before[pinfo.number] = { [true] = before.now[true], [false] = before.now[false] }
  end
  local last = before[pinfo.number] or {}
  local known = { [true] = last[true], [false] = last[false] }
  local said = add_records(tvb, tree, known)
  if not pinfo.visited then before.now = known end
  pinfo.cols.protocol = "PTMF"
  pinfo.cols.info = said or "damaged"
  return tvb:len()
end

-- Tag 12 names the dissector, tag 0 ends the list.
local name = "ptmf_record"
local tags = "\0\12\0" .. string.char(#name) .. name .. "\0\0\0\0"
local max_packet = 256 * 1024 - #tags -- what Wireshark takes

-- The bytes from `offset` up to the end of the record, or of what is none; nil at the end of the file.
local function read_unit(file, offset)
  file:seek("set", offset)
  local head = file:read(header_size)
  if not head or #head == 0 then return nil end
  local record = header_at(head, 1)
  if record then return head .. (record.length > 0 and file:read(record.length) or ""), record end
  local bytes = head .. (file:read(max_packet - header_size) or "")
  return bytes:sub(1, next_header(bytes, 2) - 1)
end

local function fill(frame, bytes, record, offset)
  frame.rec_type = wtap_rec_types.PACKET
  frame.encap = wtap.WIRESHARK_UPPER_PDU
  local time = record and record.time or 0
  local second = math.floor(time / 1e6)
  frame.time = NSTime.new(second, math.floor((time - second * 1e6) * 1000 + 0.5))
  frame.flags = wtap_presence_flags.TS
  frame.original_length = #tags + #bytes
  bytes = tags .. bytes:sub(1, max_packet)
  frame.captured_length = #bytes
  frame.data = bytes
end

local handler = FileHandler.new("DualCam video (PTMF)", "ptmf", "The record stream of DualCam video", "rm")
handler.extensions = "ptmf"

function handler.read_open(file, opened)
  local head = file:read(header_size)
  if not head or not header_at(head, 1) then return false end
  file:seek("set", 0)
  opened.encap = wtap.WIRESHARK_UPPER_PDU
  opened.time_precision = (wtap_tsprecs or wtap_filetypes).USEC or wtap_filetypes.TSPREC_USEC
  opened.snapshot_length = 0
  opened.private_table = { offset = 0 }
  return true
end

function handler.read(file, opened, frame)
  local offset = opened.private_table.offset
  local bytes, record = read_unit(file, offset)
  if not bytes then return false end
  opened.private_table.offset = offset + #bytes
  fill(frame, bytes, record, offset)
  return offset
end

function handler.seek_read(file, _, frame, offset)
  local bytes, record = read_unit(file, offset)
  if not bytes then return false end
  fill(frame, bytes, record, offset)
  return true
end

register_filehandler(handler)
