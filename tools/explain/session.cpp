#include "tools/explain/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/base/imei.hpp"
#include "server/dualcam/crc16.hpp"
#include "tools/explain/avl.hpp"
#include "tools/explain/walker.hpp"
#include "tools/explain/wrong_port.hpp"

namespace explain {

using dualcam::Command;

namespace {
bool is_server_command(std::uint16_t id) {
  switch (static_cast<Command>(id)) {
    case Command::resume:
    case Command::file_request:
    case Command::init_repeat:
    case Command::meta_request:
    case Command::path_request: return true;
    default: return false;
  }
}
}  // namespace

bool Walker::plausible_init(std::size_t at) const {
  if (bytes_.size() - at < dualcam::init_size || u16(at) != 0) return false;
  const dualcam::Init init = dualcam::parse_init(bytes_.subspan(at));
  constexpr std::uint16_t largest_protocol = 255;
  return base::Imei::from_number(init.imei).has_value() && init.protocol <= largest_protocol;
}

bool Walker::plausible_frame(std::size_t at) const {
  if (bytes_.size() - at < 2) return false;
  const std::uint16_t command = u16(at);
  if (command == 0) return plausible_init(at) || (bytes_.size() - at >= 4 && u16(at + 2) == 0);
  if (command == static_cast<std::uint16_t>(Command::init_repeat)) return from_ != From::device;
  if (bytes_.size() - at < dualcam::header_size) return false;
  const std::size_t length = u16(at + 2);
  switch (static_cast<Command>(command)) {
    case Command::start: return length == 6;
    case Command::resume:
    case Command::sync:
    case Command::status: return length == 4;
    case Command::data: return length >= dualcam::crc_size && length <= dualcam::max_data_length;
    case Command::enhanced_data:
      return length >= dualcam::enhanced_overhead && length <= dualcam::packet_size + dualcam::enhanced_overhead;
    case Command::meta: return length <= dualcam::max_meta_length;
    case Command::path:
    case Command::file_request: return length >= 1 && length <= dualcam::max_path_length + 1;
    case Command::meta_request: return length == 0 || length == 7;
    case Command::path_request: return length == 2;
    default: return false;
  }
}

From Walker::sender_of(std::uint16_t command) const {
  if (from_ != From::either) return from_;
  if (is_server_command(command)) return From::server;
  if (static_cast<Command>(command) == Command::status && left() >= 8 &&
      base::load_be<std::uint32_t>(bytes_.data() + at_ + 4) == 0)
    return From::server;  // COMPLETED is a server's word
  return From::device;
}

Item& Walker::add(std::size_t size, From from, std::string title) {
  report_.items.push_back({.offset = at_, .size = size, .from = from, .title = std::move(title)});
  return report_.items.back();
}

void Walker::walk() {
  while (at_ < bytes_.size()) {
    if (left() < 2) {
      Item& item = add(left(), from_, "rest");
      item.notes.emplace_back("The input ends inside a command.");
      at_ = bytes_.size();
    } else if (u16(at_) == 0) {
      take_zero();
    } else {
      take_frame();
    }
  }
  report_.summary = fmt::format(
      "{} bytes: {} frames, {} of them DATA with {} good bytes of file. Bad CRCs: {}. Truncated frames: {}. Bytes "
      "outside "
      "of frames: {}.",
      bytes_.size(), frames_, data_frames_, file_bytes_, bad_crcs_, truncated_, lost_bytes_);
}

void Walker::take_zero() {
  const bool zero_length = left() >= 4 && u16(at_ + 2) == 0;
  const bool close = from_ == From::server || (from_ == From::either && zero_length && !plausible_init(at_));
  if (close && zero_length) {
    ++frames_;
    Item& item = add(dualcam::header_size, From::server, "CLOSE");
    FieldReader reader(bytes_, at_, at_ + dualcam::header_size);
    reader.take(2, "command", "0000");
    reader.number(2, "length");
    item.fields = std::move(reader).fields();
    item.notes.emplace_back("The device disconnects. This acknowledges nothing.");
    at_ += dualcam::header_size;
    return;
  }
  if (left() < dualcam::init_size) return take_incomplete(0, dualcam::init_size);
  // In the middle of a session only an INIT that can be one is believed.
  if (!close && (at_ == 0 || plausible_init(at_))) return explain_init();
  skip_lost();
}

void Walker::take_frame() {
  const std::uint16_t command = u16(at_);
  if (command == static_cast<std::uint16_t>(Command::init_repeat) && from_ != From::device) {
    ++frames_;
    Item& item = add(2, From::server, "INIT REPEAT");
    item.fields.push_back(
        {.offset = at_, .size = 2, .name = "command", .value = "0009", .meaning = "it has no length field"});
    item.notes.emplace_back("The acknowledgement: the device drops the file and sends INIT again.");
    at_ += 2;
    return;
  }
  if (left() < dualcam::header_size) return take_incomplete(command, dualcam::header_size);
  if (!plausible_frame(at_)) return skip_lost();
  const std::size_t length = u16(at_ + 2);
  if (left() < dualcam::header_size + length) return take_incomplete(command, dualcam::header_size + length);
  ++frames_;
  explain_body(static_cast<Command>(command), length);
}

// The input ends before the frame does; a retransmission may still be inside.
void Walker::take_incomplete(std::uint16_t command, std::size_t size) {
  const bool init = command == 0;
  if (static_cast<Command>(command) == Command::data)
    if (const auto repetition = find_repetition(bytes_.size())) return take_truncated(*repetition);
  Item& item =
      add(left(), sender_of(command), init ? "INIT" : std::string(dualcam::to_string(static_cast<Command>(command))));
  item.notes.push_back(fmt::format("The input ends here: {} of {} bytes are there.", left(), size));
  at_ = bytes_.size();
}

// Framing is lost: go on where a frame is likely.
void Walker::skip_lost() {
  std::size_t next = at_ + 1;
  while (next < bytes_.size() && !plausible_frame(next)) ++next;
  const std::size_t count = next - at_;
  lost_bytes_ += count;
  Item& item = add(count, from_, "unknown bytes");
  item.fields.push_back({.offset = at_, .size = count, .name = "bytes", .value = fmt::format("{} bytes", count)});
  item.problems.emplace_back(left() >= 2 && u16(at_) >= 0x0f ? "No command has this number: framing is lost here."
                                                             : "No frame can begin like this: framing is lost here.");
  at_ = next;
}

// After a DATA that is not what it says: the same packet again, chained from the last good CRC.
std::optional<std::size_t> Walker::find_repetition(std::size_t end) const {
  if (!crc_) return std::nullopt;
  for (std::size_t at = at_ + dualcam::header_size; at < end && at + dualcam::header_size <= bytes_.size(); ++at) {
    if (u16(at) != static_cast<std::uint16_t>(Command::data)) continue;
    const std::size_t length = u16(at + 2);
    if (length <= dualcam::crc_size || length > dualcam::max_data_length) continue;
    if (bytes_.size() - at < dualcam::header_size + length) continue;
    const base::ByteView data = bytes_.subspan(at + dualcam::header_size, length - dualcam::crc_size);
    if (dualcam::crc16(*crc_, data) == u16(at + dualcam::header_size + data.size())) return at;
  }
  return std::nullopt;
}

Report explain_session(base::Bytes bytes, From from) {
  Report report{.bytes = std::move(bytes), .items = {}, .summary = {}};
  if (explain_avl(report, from)) return report;
  if (from != From::server) {
    if (auto item = recognize_wrong_port(report.bytes)) {
      report.summary = item->problems.front();
      report.items.push_back(*std::move(item));
      return report;
    }
  }
  Walker(report, from).walk();
  return report;
}

}  // namespace explain
