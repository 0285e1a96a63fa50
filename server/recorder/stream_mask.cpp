#include "server/recorder/stream_mask.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/base/reflected_crc16.hpp"

namespace recorder {

using base::Bytes;
using base::ByteView;

namespace {
// A camera's INIT: 0000, the protocol, the IMEI as a number, the settings.
constexpr std::size_t init_size = 16;
constexpr std::size_t init_imei = 4;
// A tracker's login: 000f and fifteen digits.
constexpr std::size_t login_size = 17;
constexpr std::uint16_t login_length = 15;
// Its datagram: length, packet id, type, AVL packet id, then the same as in a login.
constexpr std::size_t datagram_imei = 6;
// A tracker's frame: 00000000, the length of the payload, the payload, a CRC over it in four bytes.
constexpr std::size_t frame_head = 8;
constexpr std::size_t frame_tail = 4;
constexpr std::size_t longest_payload = 64 * 1024;
using FrameCrc = base::ReflectedCrc16<0xa001>;

std::optional<std::uint64_t> digits_of(ByteView text) {
  std::uint64_t number = 0;
  for (const std::uint8_t c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<std::uint64_t> login_of(ByteView bytes) {
  if (bytes.size() < login_size || base::load_be<std::uint16_t>(bytes.data()) != login_length) return std::nullopt;
  return digits_of(bytes.subspan(2, login_length));
}

Bytes text_form(std::uint64_t number) {
  const std::string digits = fmt::format("{:015}", number);
  return {digits.begin(), digits.end()};
}
Bytes number_form(std::uint64_t number) {
  Bytes bytes(sizeof number);
  base::store_be(bytes.data(), number);
  return bytes;
}
// Sixteen digits, the first a zero.
Bytes bcd_form(std::uint64_t number) {
  return base::from_hex(fmt::format("{:016}", number)).value_or(Bytes{});
}

// How many bytes at the end may be the beginning of `pattern`.
std::size_t begun(ByteView bytes, ByteView pattern) {
  for (std::size_t size = std::min(bytes.size(), pattern.size() - 1); size != 0; --size)
    if (std::ranges::equal(bytes.last(size), pattern.first(size))) return size;
  return 0;
}
}  // namespace

void StreamMask::learn(std::uint64_t number) {
  const std::uint64_t masked = mask_->imei(number);
  if (masked == number) return;  // it is no device's
  patterns_ = {{text_form(number), text_form(masked)},
               {number_form(number), number_form(masked)},
               {bcd_form(number), bcd_form(masked)}};
}

void StreamMask::find_out(bool at_end) {
  if (const auto number = login_of(held_)) {
    who_ = Who::tracker;
    return learn(*number);
  }
  if (held_.size() >= init_size && held_[0] == 0 && held_[1] == 0) {
    who_ = Who::camera;
    return learn(base::load_be<std::uint64_t>(held_.data() + init_imei));
  }
  if (at_end || held_.size() >= login_size) who_ = Who::nobody;
}

// Every length stays.
bool StreamMask::replace(std::span<std::uint8_t> bytes) const {
  bool found = false;
  for (const auto& [real, masked] : patterns_) {
    for (auto rest = bytes; true;) {
      const auto at = std::ranges::search(rest, real);
      if (at.empty()) break;
      std::ranges::copy(masked, at.begin());
      rest = std::span(at.end(), rest.end());
      found = true;
    }
  }
  return found;
}

void StreamMask::replace_in_frame(std::span<std::uint8_t> frame) const {
  const auto payload = frame.subspan(frame_head, frame.size() - frame_head - frame_tail);
  std::uint8_t* const kept = frame.data() + frame.size() - frame_tail;
  const bool good = FrameCrc::by_words(0, payload) == base::load_be<std::uint32_t>(kept);
  if (replace(payload) && good) base::store_be(kept, std::uint32_t{FrameCrc::by_words(0, payload)});
}

Bytes StreamMask::take_camera(bool at_end) {
  replace(held_);
  std::size_t keep = 0;
  if (!at_end)
    for (const auto& [real, masked] : patterns_) keep = std::max(keep, begun(held_, real));
  Bytes out(held_.begin(), held_.end() - static_cast<std::ptrdiff_t>(keep));
  held_.erase(held_.begin(), held_.end() - static_cast<std::ptrdiff_t>(keep));
  return out;
}

// Whole frames; what is no frame goes as it comes.
Bytes StreamMask::take_tracker(bool at_end) {
  std::size_t done = 0;
  while (done < held_.size()) {
    const auto rest = std::span(held_).subspan(done);
    if (login_of(rest)) {
      replace(rest.first(login_size));
      done += login_size;
      continue;
    }
    const bool zeros = std::ranges::all_of(rest.first(std::min<std::size_t>(rest.size(), 4)),
                                           [](std::uint8_t byte) { return byte == 0; });
    const bool short_login = rest.size() < login_size && rest[0] == 0 && (rest.size() < 2 || rest[1] == login_length);
    if (!at_end && (short_login || (zeros && rest.size() < frame_head))) break;
    const std::size_t payload =
        zeros && rest.size() >= frame_head ? base::load_be<std::uint32_t>(rest.data() + 4) : longest_payload + 1;
    const std::size_t size = frame_head + payload + frame_tail;
    if (payload <= longest_payload && size <= rest.size()) {
      replace_in_frame(rest.first(size));
      done += size;
      continue;
    }
    if (payload <= longest_payload && !at_end) break;
    replace(rest);
    done = held_.size();
  }
  Bytes out(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
  return out;
}

Bytes StreamMask::from_device(ByteView bytes) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  if (who_ == Who::unknown) find_out(false);
  switch (who_) {
    case Who::unknown: return {};
    case Who::camera: return take_camera(false);
    case Who::tracker: return take_tracker(false);
    case Who::nobody: break;
  }
  return std::exchange(held_, {});
}

// Each is one message or more, whole: what does not fit into a socket at once is rare, and small.
Bytes StreamMask::to_device(ByteView bytes) {
  Bytes out(bytes.begin(), bytes.end());
  const bool frame = out.size() >= frame_head + frame_tail && base::load_be<std::uint32_t>(out.data()) == 0 &&
                     base::load_be<std::uint32_t>(out.data() + 4) == out.size() - frame_head - frame_tail;
  if (frame)
    replace_in_frame(out);
  else
    replace(out);
  return out;
}

Bytes StreamMask::before_answer() {
  return who_ == Who::camera ? take_camera(true) : Bytes{};
}

Bytes StreamMask::rest() {
  if (who_ == Who::unknown) find_out(true);
  if (who_ == Who::camera) return take_camera(true);
  if (who_ == Who::tracker) return take_tracker(true);
  return std::exchange(held_, {});
}

Bytes StreamMask::datagram(const Mask& mask, ByteView bytes) {
  Bytes out(bytes.begin(), bytes.end());
  if (bytes.size() <= datagram_imei) return out;
  const auto number = login_of(bytes.subspan(datagram_imei));
  if (!number) return out;
  StreamMask one(mask);
  one.learn(*number);
  one.replace(out);
  return out;
}

}  // namespace recorder
