// Another device's IMEI in what a recorded device sent, wherever the protocol has it; every length stays.
#pragma once

#include <map>

#include "tools/capture/conversation.hpp"

namespace replay {

// What stands elsewhere in the device's bytes: offset → bytes.
using Patches = std::map<std::size_t, base::Bytes>;

// INIT of cameras; login, datagram and Codec 14 of trackers, whose CRC is made right. Files and texts stay as they are.
Patches imei_patches(const captures::Conversation& conversation, const base::Imei& to);

// device_bytes[at, at + size) with the patches in place, appended to `out`.
void append_patched(const captures::Conversation& conversation, std::size_t at, std::size_t size,
                    const Patches& patches, base::Bytes& out);

}  // namespace replay
