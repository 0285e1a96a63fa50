-- Every field of the camera protocol that can be filtered for, and the words of its numbers.
return function()
  local M = { names = {}, list = {} }
  local function field(key, kind, name, ...)
    local abbreviation = "dualcam." .. key
    M.names[key] = ProtoField[kind](abbreviation, name, ...)
    M.list[#M.list + 1] = M.names[key]
  end

  -- 6 of STATUS is what an unusable RESUME brings, 17 what a camera that is not there does.
  M.statuses = {
    [0] = "completed", "reconnect limit reached after 5 tries", "closing GPRS failed", "closing the socket failed",
    "aborted by the device", "invalid answer to INIT", "invalid answer to RESUME", "cannot create the file on the SD card",
    "cannot open the file", "cannot write the file", "cannot flush the file", "undefined event",
    "cannot create the firmware file", "recalculating the file's CRC failed", "cannot load the configuration", "bad header",
    "cannot roll the file pointer", "read failed: the camera is not configured or the file is not there", "null header",
    "platform mismatch", "update not allowed", "invalid arguments", "XIM job failed", "forbidden", "unsupported hardware",
    "incompatible firmware", "wrong bootloader",
  }
  local classes = { [0x04] = "front photo", [0x08] = "rear photo", [0x10] = "front video", [0x20] = "rear video" }
  local adas_types = { [0] = "video", "snapshot", "current snapshot", "retransmitted" }
  M.triggers = {
    dualcam = { [0] = "server request", "DIN1", "DIN2", "crash", "towing", "idling", "geofence", "unplug", "green driving",
      "periodic", "DIN3", "DIN4" },
    adas = { [0] = "server request", "DIN1", "DIN2", "DIN3", "DIN4", "crash", "towing", "idling", "geofence", "unplug",
      "green driving" },
    -- 1 to 10 are documented for ADAS only, which shares the rest of the layout.
    dsm = { [0] = "none", "DIN1", "DIN2", "DIN3", "DIN4", "crash", "towing", "idling", "geofence", "unplug",
      "green driving", "server request", "periodic", "DSM event", "retransmit" },
  }
  M.events = { "drowsiness", "distraction", "yawning", "phone", "smoking", "driver_absent", "mask", "belt", "g_sensor" }

  field("cmd", "uint16", "Command", base.HEX)
  field("name", "string", "Name of the command")
  field("from", "string", "Sent by")
  field("len", "uint16", "Length")

  field("protocol", "uint16", "Protocol id") -- 5 on every DualCam captured; 6 and up: ENHANCED DATA, byte offsets
  field("imei", "uint64", "IMEI", base.DEC)
  field("settings", "uint32", "Settings", base.HEX)
  field("waiting.always", "bool", "Always 1", 32, nil, 0x40000000)
  field("waiting.videor", "bool", "A rear video waits", 32, nil, 0x20000000)
  field("waiting.videof", "bool", "A front video waits", 32, nil, 0x10000000)
  field("waiting.photor", "bool", "A rear photo waits", 32, nil, 0x08000000)
  field("waiting.photof", "bool", "A front photo waits", 32, nil, 0x04000000)
  field("waiting.path", "bool", "A file with a path waits", 32, nil, 0x02000000)
  field("settings.low", "uint32", "Probably the chunk size", base.DEC, nil, 0x0000ffff) -- 1024 in every capture

  field("identifier", "string", "Asked for")
  field("path", "string", "Path") -- a NUL ends it, which its length counts
  field("size", "uint32", "Size") -- packets or bytes
  field("file_crc", "uint16", "CRC of the file", base.HEX) -- 0 in every capture
  field("position", "uint32", "Position as sent") -- packet from 1, or byte from 0
  field("offset", "uint32", "Offset in the file")
  field("packet", "uint32", "Packet")
  field("data", "bytes", "File bytes")
  field("data_len", "uint32", "Count of file bytes")
  field("crc", "uint16", "CRC", base.HEX)
  field("crc.ok", "bool", "The CRC fits")
  field("crc.expected", "uint16", "CRC calculated", base.HEX)
  field("status", "uint32", "Status", base.DEC, M.statuses)

  field("meta.form", "string", "Form")
  field("meta.version", "uint8", "Version")
  field("meta.type", "uint8", "Type", base.HEX, classes)
  field("meta.kind", "uint8", "Type", base.DEC, adas_types)
  field("meta.captured", "absolute_time", "Captured", base.UTC)
  field("meta.triggered", "absolute_time", "Triggered", base.UTC)
  field("meta.trigger", "uint8", "Trigger")
  field("meta.duration", "uint16", "Length in seconds")
  field("meta.frame_rate", "uint8", "Frames per second")
  field("meta.time_zone", "int16", "Time zone in minutes")
  field("meta.latitude", "double", "Latitude")
  field("meta.longitude", "double", "Longitude")
  field("meta.events", "uint16", "Events", base.HEX)
  for bit, name in ipairs(M.events) do
    field("meta.event." .. name, "bool", name:gsub("_", " "):gsub("^%l", string.upper) .. "", 16, nil, 2 ^ (bit - 1))
  end
  field("meta.driver", "string", "Driver")
  field("meta.json", "string", "JSON")
  field("meta.rest", "bytes", "Unknown")

  field("file_name", "string", "File")
  field("retransmission", "bool", "Sent before")
  field("broken", "bytes", "Broken off")
  field("stray", "uint8", "Byte beyond the length of META")
  field("unframed", "bytes", "Bytes of no frame")
  field("cut", "bytes", "Frame that the capture does not hold whole")
  field("request_in", "framenum", "Answer to the request in", base.NONE, frametype.REQUEST)
  field("answer_in", "framenum", "Answered in", base.NONE, frametype.RESPONSE)
  field("answer_time", "relative_time", "Time since the request")
  field("file", "bytes", "Complete file")
  field("file_size", "uint32", "Size of the complete file")

  local function expert(key, text, group, severity)
    M.experts = M.experts or {}
    M.experts[key] = ProtoExpert.new("dualcam.expert." .. key, text, group, severity)
  end
  expert("crc", "The CRC does not fit", expert_group_checksum or PI_CHECKSUM, PI_ERROR)
  expert("broken", "Broken off, and sent again", PI_SEQUENCE, PI_WARN)
  expert("retransmission", "Bytes that were sent before", PI_SEQUENCE, PI_NOTE)
  expert("stray", "One byte more than META says", PI_PROTOCOL, PI_NOTE)
  expert("unframed", "No frame begins here", PI_MALFORMED, PI_ERROR)
  expert("wrong_port", "Traffic that belongs elsewhere", PI_PROTOCOL, PI_WARN)
  expert("cut", "The capture does not hold the whole frame", PI_UNDECODED, PI_WARN)
  expert("status", "The device says that it failed", PI_RESPONSE_CODE, PI_WARN)
  expert("imei", "This is no IMEI", PI_PROTOCOL, PI_WARN)
  expert("gap", "The file ends here, but not all of it is in the capture", PI_SEQUENCE, PI_NOTE)
  expert("pieced", "The file came in more than one connection", PI_SEQUENCE, PI_NOTE)
  return M
end
