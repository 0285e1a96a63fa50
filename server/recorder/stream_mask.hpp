// Replaces a device's IMEI in what goes over its connection, wherever the protocols have one, so that the session still
// can be replayed: every length stays, and checksums that cover what is replaced are made right again. Holds bytes back
// until it is known what they are.
//
// Cameras: in every INIT (8 bytes), and as text anywhere; the checksums of their files cover only the files. Trackers:
// in the login, as text in any frame, and as the BCD number of Codec 14; a frame is held until it is whole.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/recorder/mask.hpp"

namespace recorder {

class StreamMask {
 public:
  // `mask` outlives it.
  explicit StreamMask(const Mask& mask) : mask_(&mask) {}

  // What of it may be shown now, with what was held back before.
  base::Bytes from_device(base::ByteView bytes);
  base::Bytes to_device(base::ByteView bytes);
  // The server says something next: what is held back of a camera's bytes, because a number might begin in it. It is
  // what the server answers to, and has to stand before the answer. A tracker's frames are answered when they are
  // whole.
  base::Bytes before_answer();
  // What is still held back of the device's, at the end.
  base::Bytes rest();

  // The same for a datagram, which says itself whose it is.
  static base::Bytes datagram(const Mask& mask, base::ByteView bytes);

 private:
  enum class Who : std::uint8_t { unknown, camera, tracker, nobody };
  struct Pattern {
    base::Bytes real;
    base::Bytes masked;
  };
  void learn(std::uint64_t number);
  void find_out(bool at_end);
  base::Bytes take_camera(bool at_end);
  base::Bytes take_tracker(bool at_end);
  bool replace(std::span<std::uint8_t> bytes) const;
  void replace_in_frame(std::span<std::uint8_t> frame) const;

  const Mask* mask_;
  Who who_ = Who::unknown;
  std::vector<Pattern> patterns_;
  base::Bytes held_;
};

}  // namespace recorder
