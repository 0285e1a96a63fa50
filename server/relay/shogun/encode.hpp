// What is told to a stage, strictly in the form its product takes.
#pragma once

#include <cstdint>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "server/relay/shogun/notification.hpp"

namespace shogun {

constexpr std::size_t max_sent_size = 1472;  // one Ethernet frame: what is longer comes in fragments, or not at all

// Of the notification only what the form has is sent:
//   vicon      all six; Name and DatabasePath must be there, and a PacketID of 1 to 2^31 - 1, new for each datagram
//   optitrack  start, stop: Name SessionName Notes Description DatabasePath TimeCode PacketID HostName ProcessID
//   qtm        start, stop: Name DatabasePath Delay PacketID HostName ProcessID Notes Description Timecode
//   nokov      start, stop: Name SessionName Notes Description DatabasePath Delay PacketID, "Reserved" for the delay
//   rokoko     start, stop: Name TimeCode ProcessID, without a declaration
//   manus      start, stop: Name DatabasePath
//   xsens      start, stop, name, identify: StartRecordingReq, StopRecordingReq, CaptureName, IdentifyReq
// Text is escaped; the document ends with a NUL. Errors: `invalid`, what is missing or cannot be written (control
// characters, not UTF-8, a kind the form has not); `exhausted` when the datagram would be longer than max_sent_size.
base::Result<base::Bytes> encode(const Notification& notification, Flavour flavour = Flavour::vicon);

}  // namespace shogun
