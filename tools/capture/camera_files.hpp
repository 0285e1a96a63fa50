// The files that cameras sent in a capture, put together from every connection that brought a part of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/imei.hpp"
#include "server/dualcam/wire.hpp"
#include "tools/capture/capture.hpp"

namespace captures {

struct Range {
  std::uint64_t begin = 0;  // byte offsets in the file
  std::uint64_t end = 0;
  bool operator==(const Range&) const = default;
};

// One file of one camera: from its START up to the acknowledgement that ended it, however many connections it took. The
// same name announced with the same size and metadata goes on; after an acknowledgement it is another file.
struct CameraFile {
  base::Imei imei;
  std::uint16_t protocol = 0;  // of the INIT
  dualcam::FileClass file_class = dualcam::FileClass::path;
  base::Bytes path;          // path files: as the device sent it, its NUL included
  base::Bytes raw_metadata;  // the body of META; empty where there was none
  bool has_metadata = false;
  dualcam::Start start;               // as announced
  bool in_packets = false;            // what start.size counts
  Time begun{};                       // of the first START
  Time ended{};                       // of the last byte or the acknowledgement
  base::Bytes bytes;                  // up to the last byte known; zeros in what is missing
  std::optional<std::uint64_t> size;  // where it is known: a packet file's is when its last packet was seen
  std::vector<Range> missing;  // ascending, apart from each other, up to size or, without it, to what was announced
  bool acknowledged = false;   // the server said that it has it
  std::uint32_t bad_crcs = 0;  // DATA whose CRC is not right: not taken
  std::vector<std::size_t> conversations;  // that brought something of it, as indices into Capture::conversations

  bool complete() const noexcept { return size.has_value() && missing.empty(); }
};

// In the order in which they begin. Bytes are taken from DATA with a good CRC only: the chain from the SYNC on, or
// ENHANCED DATA by itself. Behind bytes that the capture has not, nothing is taken before the next SYNC, but for
// ENHANCED DATA, which says its own place.
std::vector<CameraFile> camera_files(const Capture& capture);

}  // namespace captures
