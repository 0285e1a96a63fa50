#include "tests/unit/tools/mini_server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/status.hpp"

namespace sim {

using dualcam::Command;

namespace {
constexpr Time repeat_resume{2'000'000};
constexpr Time idle{3'000'000};

void put(base::Bytes& out, const dualcam::Frame& frame) {
  out.insert(out.end(), frame.view().begin(), frame.view().end());
}
}  // namespace

bool MiniServer::received(base::ByteView bytes, Time now, base::Bytes& out) {
  heard_at_ = now;
  inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
  while (!close_) {
    const std::size_t used = take_frame(now, out);
    if (used == 0) break;
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(used));
  }
  return !close_;
}

bool MiniServer::timer(Time now, base::Bytes& out) {
  if (receiving_ && lost_ && now - asked_at_ >= repeat_resume) ask_again(now, out);
  if (receiving_ && !lost_ && now - heard_at_ >= idle) ask_again(now, out);
  return !close_;
}

std::size_t MiniServer::take_frame(Time now, base::Bytes& out) {
  // Without framing only a whole `0003 0004 <position>` means anything.
  if (lost_) {
    const std::array<std::uint8_t, 4> sync{0, 3, 0, 4};
    const auto at = std::ranges::search(inbox_, sync).begin();
    const auto skipped = static_cast<std::size_t>(at - inbox_.begin());
    if (skipped > 0) return std::min(skipped, inbox_.size() - std::min<std::size_t>(3, inbox_.size()));
  }
  if (wait_init_) {
    if (inbox_.size() < dualcam::init_size) return 0;
    on_init(dualcam::parse_init(inbox_), out);
    return dualcam::init_size;
  }
  if (inbox_.size() < dualcam::header_size) return 0;
  const auto id = base::load_be<std::uint16_t>(inbox_.data());
  const std::size_t length = base::load_be<std::uint16_t>(inbox_.data() + 2);
  if (!dualcam::is_device_command(id)) {
    if (receiving_) {
      ask_again(now, out);
      return 1;
    }
    if (!file_.meta.empty() && file_.meta[0] == 2) return 1;  // the stray byte
    complaint_ = fmt::format("unknown command {:04x}", id);
    close_ = true;
    return 0;
  }
  if (inbox_.size() < dualcam::header_size + length) return 0;
  on_frame(static_cast<Command>(id), base::ByteView(inbox_).subspan(dualcam::header_size, length), now, out);
  return dualcam::header_size + length;
}

void MiniServer::on_init(const dualcam::Init& init, base::Bytes& out) {
  using dualcam::FileClass;
  ++inits_;
  wait_init_ = false;
  enhanced_ = init.enhanced();
  file_ = {.imei = init.imei};
  for (const FileClass file_class : dualcam::all_file_classes) {
    if (!init.waiting(file_class)) continue;
    path_ = file_class == FileClass::path;
    if (path_) return put(out, dualcam::encode_path_request());
    file_.name = dualcam::identifier(file_class);
    return put(out, dualcam::encode_meta_request(base::as_bytes(file_.name)));
  }
  put(out, dualcam::encode_close());
  close_ = true;
}

void MiniServer::on_frame(Command command, base::ByteView body, Time now, base::Bytes& out) {
  switch (command) {
    case Command::path: file_.name = base::as_text(body); return put(out, dualcam::encode_meta_request({}));
    case Command::meta:
      file_.meta.assign(body.begin(), body.end());
      return put(out, dualcam::encode_file_request(base::as_bytes(file_.name)));
    case Command::start:
      size_ = base::load_be<std::uint32_t>(body.data());
      file_.bytes.clear();
      receiving_ = lost_ = true;
      asked_at_ = now;
      return put(out, dualcam::encode_resume(first_position.value_or(packets() ? 1 : 0)));
    case Command::sync: {
      ++syncs_;
      const auto asked = base::load_be<std::uint32_t>(body.data());
      const std::size_t offset = packets() ? (asked - 1) * dualcam::packet_size : asked;
      // What follows a SYNC beyond the end here must not be taken for what is wanted: its CRC begins anew as well.
      if (offset > file_.bytes.size()) return ask_again(now, out);
      file_.bytes.resize(offset);
      crc_ = 0;
      lost_ = false;
      return;
    }
    case Command::data:
    case Command::enhanced_data: return on_data(body, now, out);
    case Command::status:
      status_ = base::load_be<std::uint32_t>(body.data());
      if (enhanced_ && status_ == dualcam::status_read_failed && !std::exchange(short_path_tried_, true))
        put(out, dualcam::encode_file_request(base::as_bytes(file_.name).first(7)));
      receiving_ = false;
      return;
    default: return;
  }
}

void MiniServer::on_data(base::ByteView body, Time now, base::Bytes& out) {
  const std::size_t before = enhanced_ ? 4 : 0;
  if (!receiving_ || body.size() < before + dualcam::crc_size) return ask_again(now, out);
  const base::ByteView bytes = body.subspan(before, body.size() - before - dualcam::crc_size);
  const std::uint16_t crc = dualcam::crc16(enhanced_ ? 0 : crc_, bytes);
  const bool in_place = !enhanced_ || base::load_be<std::uint32_t>(body.data()) == file_.bytes.size();
  if (!in_place || crc != base::load_be<std::uint16_t>(body.data() + body.size() - 2)) return ask_again(now, out);
  crc_ = crc;
  file_.bytes.insert(file_.bytes.end(), bytes.begin(), bytes.end());
  const bool last = packets() ? (file_.bytes.size() + 1023) / 1024 == size_ : file_.bytes.size() == size_;
  if (last) finish(out);
}

void MiniServer::ask_again(Time now, base::Bytes& out) {
  lost_ = true;
  asked_at_ = now;
  put(out, dualcam::encode_resume(position()));
}

std::uint32_t MiniServer::position() const {
  const auto size = static_cast<std::uint32_t>(file_.bytes.size());
  return packets() ? size / 1024 + 1 : size;
}

void MiniServer::finish(base::Bytes& out) {
  store_.push_back(std::exchange(file_, {}));
  receiving_ = false;
  wait_init_ = true;
  put(out, dualcam::encode_init_repeat());
}

}  // namespace sim
