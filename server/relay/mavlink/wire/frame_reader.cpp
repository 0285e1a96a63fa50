#include <algorithm>
#include <expected>

#include "server/relay/mavlink/wire/crc.hpp"
#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/mavlink/wire/framing.hpp"

namespace mavlink {

using namespace framing;

namespace {

// Bytes before the next magic one.
std::size_t garbage(base::ByteView bytes) noexcept {
  const auto magic = std::ranges::find_if(bytes, [](std::uint8_t b) { return b == magic_1 || b == magic_2; });
  return static_cast<std::size_t>(magic - bytes.begin());
}

struct Header {
  Frame frame;
  std::size_t size = 0;        // of the header
  std::size_t whole_size = 0;  // of the frame
  std::uint8_t incompatible = 0;
};

Header read_header(base::ByteView bytes) noexcept {
  Header made;
  const bool is_2 = bytes[0] == magic_2;
  const std::uint8_t* source = bytes.data() + (is_2 ? source_2_at : source_1_at);
  made.frame.version = is_2 ? 2 : 1;
  made.frame.sequence = source[-1];
  made.frame.from = {source[0], source[1]};
  made.frame.message_id = is_2 ? load_id_2(bytes.data() + id_2_at) : bytes[id_1_at];
  made.incompatible = is_2 ? bytes[incompatible_at] : std::uint8_t{0};
  made.frame.is_signed = (made.incompatible & signed_flag) != 0;
  made.size = is_2 ? header_2 : header_1;
  made.whole_size = made.size + bytes[length_at] + crc_size + (made.frame.is_signed ? signature_size : 0);
  return made;
}

// What begins at a magic byte. Nothing: not all of it is there yet.
std::expected<std::optional<Frame>, FrameFault> look_at(base::ByteView bytes, bool in_step) noexcept {
  if (bytes.size() < (bytes[0] == magic_2 ? header_2 : header_1)) return std::nullopt;
  Header header = read_header(bytes);
  Frame& frame = header.frame;
  if ((header.incompatible & ~signed_flag) != 0) return std::unexpected(FrameFault::incompatible);
  if (frame.from.system == 0 || frame.from.component == 0) return std::unexpected(FrameFault::bad_source);
  const auto about = known(frame.message_id);
  if (!in_step && !about) return std::unexpected(FrameFault::bad_crc);
  if (!in_step && frame.version == 1 && bytes[length_at] != about->base_size)
    return std::unexpected(FrameFault::bad_length);
  if (bytes.size() < header.whole_size) return std::nullopt;
  frame.bytes = bytes.first(header.whole_size);
  frame.payload = bytes.subspan(header.size, bytes[length_at]);
  if (about) {
    const std::size_t covered = header.size - 1 + frame.payload.size();
    const auto crc = base::load_le<std::uint16_t>(bytes.data() + 1 + covered);
    frame.checked = crc_of_frame(bytes.subspan(1, covered), about->crc_extra) == crc;
    if (!frame.checked) return std::unexpected(FrameFault::bad_crc);
  }
  return frame;
}

}  // namespace

std::string_view to_string(FrameFault fault) noexcept {
  switch (fault) {
    case FrameFault::no_magic: return "no frame begins here";
    case FrameFault::incompatible: return "flags of a later version of the protocol";
    case FrameFault::bad_crc: return "wrong checksum";
    case FrameFault::bad_source: return "system or component 0 as the sender";
    case FrameFault::bad_length: return "cut off";
  }
  return "";
}

// How many of the bytes are done with; what is left is the beginning of a frame.
std::size_t FrameReader::scan(base::ByteView bytes, const Found& found, const Refused& refused) {
  std::size_t at = 0;
  const auto refuse = [&](FrameFault fault, std::size_t count) {
    in_step_ = false;
    refused(fault, bytes.subspan(at, count));
    at += count;
  };
  while (at < bytes.size()) {
    const base::ByteView left = bytes.subspan(at);
    if (const std::size_t count = garbage(left); count > 0) {
      refuse(FrameFault::no_magic, count);
      continue;
    }
    const auto frame = look_at(left, in_step_);
    if (!frame) {
      refuse(frame.error(), 1 + garbage(left.subspan(1)));
    } else if (*frame) {
      in_step_ = true;
      found(**frame);
      at += (*frame)->bytes.size();
    } else {
      break;
    }
  }
  return at;
}

void FrameReader::feed(base::ByteView bytes, const Found& found, const Refused& refused) {
  // What was kept and what came are put together until nothing of the former is left.
  while (size_ > 0 && !bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), kept_.size() - size_);
    std::ranges::copy(bytes.first(taken), kept_.data() + size_);
    const std::size_t done = scan({kept_.data(), size_ + taken}, found, refused);
    if (done >= size_) {
      bytes = bytes.subspan(done - size_);
      size_ = 0;
    } else {
      std::copy(kept_.data() + done, kept_.data() + size_ + taken, kept_.data());
      size_ = size_ + taken - done;
      bytes = bytes.subspan(taken);
    }
  }
  if (bytes.empty()) return;
  const base::ByteView rest = bytes.subspan(scan(bytes, found, refused));
  std::ranges::copy(rest, kept_.begin());
  size_ = rest.size();
}

void FrameReader::end(const Found& found, const Refused& refused) {
  while (size_ > 0) {
    const base::ByteView left{kept_.data(), size_};
    const std::size_t skipped = 1 + garbage(left.subspan(1));
    refused(FrameFault::bad_length, left.first(skipped));
    in_step_ = false;
    const std::size_t done = skipped + scan(left.subspan(skipped), found, refused);
    std::ranges::copy(left.subspan(done), kept_.begin());
    size_ -= done;
  }
  in_step_ = true;
}

void FrameReader::end(const Refused& refused) {
  if (size_ > 0) refused(FrameFault::bad_length, {kept_.data(), size_});
  size_ = 0;
  in_step_ = true;
}

}  // namespace mavlink
