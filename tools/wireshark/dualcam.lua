-- Teltonika's camera file transfer (DualCam, DashCam, ADAS, DSM) for Wireshark and tshark: a device sends photos and
-- videos to a server over TCP. docs/wireshark.md says how to install and use it.
--
-- This file is the dissector itself: TCP segments, passes, preferences. Frames are found by dualcam_frames.lua, given
-- a meaning by dualcam_session.lua, and shown by dualcam_show.lua with the fields of dualcam_fields.lua.
local folder = __FILE__:match("^.*[/\\]") or "" -- Wireshark sets __FILE__ while it loads a script
local frames = dofile(folder .. "dualcam_frames.lua")
local session = dofile(folder .. "dualcam_session.lua")(frames)
local fields = dofile(folder .. "dualcam_fields.lua")()
local show = dofile(folder .. "dualcam_show.lua")(frames, fields)

local unknown, dualcam = pcall(Proto.new, "dualcam", "Teltonika camera file transfer")
if not unknown then return end -- installed for everybody and for this user: one is enough
dualcam.fields = fields.list
local experts = {}
for _, expert in pairs(fields.experts) do experts[#experts + 1] = expert end
dualcam.experts = experts

-- ---- Preferences
dualcam.prefs.ports = Pref.range("TCP ports", "7700", "Ports of camera servers. Any other is found by a camera's INIT, or by Decode As.", 65535)
dualcam.prefs.verify = Pref.bool("Verify checksums", true, "Chain the CRC of every DATA; also needed to see one that broke off.")
dualcam.prefs.keep = Pref.bool("Put files together", true, "Keep the bytes of files, to show each whole at its last DATA. Takes as much memory as the files.")

local registered
local function register_ports()
  local table = DissectorTable.get("tcp.port")
  local ports = tostring(dualcam.prefs.ports)
  if ports == registered then return end
  if registered and registered ~= "" then table:remove(registered, dualcam) end
  if ports ~= "" then table:add(ports, dualcam) end
  registered = ports
end

-- ---- What is known of the capture: made on the first pass, read on all.
local capture, kept = session.new(), {}
local stream_field = Field.new("tcp.stream")

local function stream_of(pinfo)
  local found = { stream_field() }
  if #found > 0 then return tostring(found[#found].value) end
  -- Not over TCP (a decrypted link, say): addresses and ports in one order for both directions.
  local ends = { tostring(pinfo.src) .. " " .. pinfo.src_port, tostring(pinfo.dst) .. " " .. pinfo.dst_port }
  table.sort(ends)
  return ends[1] .. " " .. ends[2]
end

local function foreign(bytes)
  local head = bytes:sub(1, 4)
  if head:find("^%z\15%d%d") then return "AVL traffic on the camera port: a tracker's login" end
  if head == "\0\0\0\0" and #bytes > 8 and bytes:sub(9, 9):find("[\8\142\12\13\14]") then
    return "AVL traffic on the camera port: a tracker's records"
  end
  if ({ ["GET "] = true, POST = true, HEAD = true, ["PUT "] = true })[head] then return "HTTP on the camera port" end
  if head:find("^\22\3[%z\1-\4]") then return "TLS on the camera port" end
end

-- First pass: finds out what begins at `at`, and keeps it for the later ones.
local function discover(bytes, at, pinfo, key)
  local conv = session.conversation(capture, stream_of(pinfo))
  local sender = tostring(pinfo.src) .. " " .. pinfo.src_port
  local receiver = tostring(pinfo.dst) .. " " .. pinfo.dst_port
  local options = { verify = dualcam.prefs.verify, keep = dualcam.prefs.keep, may_wait = pinfo.can_desegment > 0 }
  local pdu, missing = session.take(conv, bytes, at, sender, options)
  if not pdu then
    kept[key] = { missing = missing }
    return kept[key]
  end
  if pdu.kind == "unframed" and not conv.device then
    pdu.foreign = not conv.spoken and foreign(bytes:sub(at)) or nil
    if pdu.foreign then pdu.size = #bytes - at + 1 end
  end
  conv.spoken = true
  pdu.number, pdu.time = pinfo.number, pinfo.rel_ts
  session.apply(conv, pdu, bytes, at, sender, receiver, options)
  kept[key] = pdu
  return pdu
end

-- The whole file at its last DATA: a data source of its own, given to who knows its format.
local function show_file(tree, pdu, pinfo)
  if pdu.gap then show.gap(tree, pdu) end
  if not pdu.file then return end
  local tvb = ByteArray.new(pdu.file, true):tvb(pdu.name and pdu.name:gsub("[^\32-\126]", "?") or "file")
  show.file(tree, pdu, tvb)
  local name
  if pdu.file:sub(1, 4) == "PTMF" then name = "ptmf" elseif pdu.file:sub(1, 3) == "\255\216\255" then name = "image-jfif" end
  if not name then return end
  local found, dissector = pcall(Dissector.get, name)
  -- A damaged file is no reason to lose the packet: what its dissector throws ends the file's part of the tree.
  if found and dissector then pcall(dissector.call, dissector, tvb, pinfo, tree) end
end

local max_words = 4 -- PDUs named in the info column

local function tell(pinfo, words, more)
  pinfo.cols.protocol = "DualCam"
  if #words == 0 then return end
  if more > 0 then words[#words + 1] = more .. " more" end
  pinfo.cols.info:clear()
  local before = tostring(pinfo.cols.info)
  if before ~= "" and not before:find("^%(") then pinfo.cols.info:append("; ") end
  pinfo.cols.info:append(table.concat(words, "; "))
  pinfo.cols.info:fence()
end

-- A PDU is known again by its packet and its place in it: what TCP put together begins at 0, the rest of a segment not.
local function key_of(pinfo, tvb, at) return string.format("%d %d %d", pinfo.number, tvb:offset(), at) end

function dualcam.dissector(tvb, pinfo, tree)
  local bytes = tvb:raw(0, tvb:captured_len())
  local words, more, at = {}, 0, 1
  local finish
  while at <= #bytes do
    local key = key_of(pinfo, tvb, at)
    local pdu = kept[key]
    if not pdu and not pinfo.visited then pdu = discover(bytes, at, pinfo, key) end
    if not pdu then break end -- a later pass over what the first one never saw
    local said
    if pdu.missing then
      if pinfo.can_desegment > 0 and tvb:captured_len() == tvb:reported_len() then
        -- Never a count of bytes: what TCP then puts together ends inside a segment, and more cannot be asked for, as
        -- it takes to tell a frame that broke off.
        pinfo.desegment_offset, pinfo.desegment_len = at - 1, DESEGMENT_ONE_MORE_SEGMENT
        break
      end
      said = show.cut(tree:add(dualcam, tvb(at - 1)), tvb(at - 1))
      at = #bytes + 1
    else
      local size = math.min(pdu.size, #bytes - at + 1)
      local branch = tree:add(dualcam, tvb(at - 1, size))
      said = show.pdu(branch, pdu, tvb(at - 1, size))
      branch:append_text(", " .. said)
      finish = (pdu.file or pdu.gap) and { branch, pdu } or nil
      if finish then show_file(branch, pdu, pinfo) end
      at = at + size
    end
    if #words < max_words then words[#words + 1] = said else more = more + 1 end
  end
  tell(pinfo, words, more)
  return tvb:len()
end

-- A camera's INIT is found on any port; the rest of its connection follows.
local function heuristic(tvb, pinfo, tree)
  if tvb:captured_len() < 16 or not frames.is_init(tvb:raw(0, 16), 1) then return false end
  pinfo.conversation = dualcam
  dualcam.dissector(tvb, pinfo, tree)
  return true
end

function dualcam.init()
  capture, kept = session.new(), {}
end
function dualcam.prefs_changed() register_ports() end

register_ports()
DissectorTable.get("tcp.port"):add_for_decode_as(dualcam)
dualcam:register_heuristic("tcp", heuristic)
