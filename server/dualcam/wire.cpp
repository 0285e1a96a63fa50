#include "server/dualcam/wire.hpp"

#include <algorithm>
#include <cassert>

namespace dualcam {

using base::ByteView;

std::string_view to_string(Command command) noexcept {
  switch (command) {
    case Command::close: return "CLOSE";
    case Command::start: return "START";
    case Command::resume: return "RESUME";
    case Command::sync: return "SYNC";
    case Command::data: return "DATA";
    case Command::status: return "STATUS";
    case Command::file_request: return "FILE REQ";
    case Command::init_repeat: return "INIT REPEAT";
    case Command::meta_request: return "META REQ";
    case Command::meta: return "META";
    case Command::path_request: return "PATH REQ";
    case Command::path: return "PATH";
    case Command::enhanced_data: return "ENHANCED DATA";
  }
  return "unknown command";
}

bool is_device_command(std::uint16_t id) noexcept {
  switch (static_cast<Command>(id)) {
    case Command::start:
    case Command::sync:
    case Command::data:
    case Command::status:
    case Command::meta:
    case Command::path:
    case Command::enhanced_data: return true;
    default: return false;
  }
}

namespace {
struct ClassRow {
  FileClass file_class;
  std::uint32_t bit;
  std::string_view identifier;
  std::string_view name;
  base::Camera camera;
  base::MediaKind kind;
};
using base::Camera;
using base::MediaKind;
// Indexed by FileClass.
constexpr std::array<ClassRow, 5> classes{{
    {FileClass::photo_front, 0x04000000, "%photof", "photof", Camera::front, MediaKind::photo},
    {FileClass::photo_rear, 0x08000000, "%photor", "photor", Camera::rear, MediaKind::photo},
    {FileClass::video_front, 0x10000000, "%videof", "videof", Camera::front, MediaKind::video},
    {FileClass::video_rear, 0x20000000, "%videor", "videor", Camera::rear, MediaKind::video},
    {FileClass::path, 0x02000000, "", "path", Camera::unknown, MediaKind::other},
}};

const ClassRow& row(FileClass file_class) noexcept {
  return classes[static_cast<std::size_t>(file_class)];
}

Frame with_u32(Command command, std::uint32_t value) noexcept {
  std::array<std::uint8_t, 4> body;
  base::store_be(body.data(), value);
  return Frame::with_header(command, body);
}

void append_header(base::Bytes& out, Command command, std::size_t length) {
  assert(length <= 0xffff);
  const std::size_t at = out.size();
  out.resize(at + header_size);
  base::store_be(out.data() + at, static_cast<std::uint16_t>(command));
  base::store_be(out.data() + at + 2, static_cast<std::uint16_t>(length));
}

template <class T>
void append_be(base::Bytes& out, T value) {
  out.resize(out.size() + sizeof value);
  base::store_be(out.data() + out.size() - sizeof value, value);
}
}  // namespace

std::string_view identifier(FileClass file_class) noexcept {
  return row(file_class).identifier;
}
std::string_view to_string(FileClass file_class) noexcept {
  return row(file_class).name;
}
base::Camera camera_of(FileClass file_class) noexcept {
  return row(file_class).camera;
}
base::MediaKind kind_of(FileClass file_class) noexcept {
  return row(file_class).kind;
}
std::uint32_t settings_bit(FileClass file_class) noexcept {
  return row(file_class).bit;
}

std::optional<FileClass> parse_file_class(std::string_view text) noexcept {
  for (const ClassRow& candidate : classes)
    if (candidate.name == text) return candidate.file_class;
  return std::nullopt;
}

Init parse_init(ByteView bytes) noexcept {
  assert(bytes.size() >= init_size);
  return Init{.protocol = base::load_be<std::uint16_t>(bytes.data() + 2),
              .imei = base::load_be<std::uint64_t>(bytes.data() + 4),
              .settings = base::load_be<std::uint32_t>(bytes.data() + 12)};
}

Frame Frame::raw(ByteView bytes) noexcept {
  Frame frame;
  assert(bytes.size() <= frame.bytes_.size());
  std::copy(bytes.begin(), bytes.end(), frame.bytes_.begin());
  frame.size_ = static_cast<std::uint16_t>(bytes.size());
  return frame;
}

Frame Frame::with_header(Command command, ByteView body) noexcept {
  Frame frame;
  assert(header_size + body.size() <= frame.bytes_.size());
  base::store_be(frame.bytes_.data(), static_cast<std::uint16_t>(command));
  base::store_be(frame.bytes_.data() + 2, static_cast<std::uint16_t>(body.size()));
  std::copy(body.begin(), body.end(), frame.bytes_.begin() + header_size);
  frame.size_ = static_cast<std::uint16_t>(header_size + body.size());
  return frame;
}

Frame encode_close() noexcept {
  return Frame::with_header(Command::close, {});
}
Frame encode_resume(std::uint32_t position) noexcept {
  return with_u32(Command::resume, position);
}
Frame encode_status(std::uint32_t status) noexcept {
  return with_u32(Command::status, status);
}
Frame encode_file_request(ByteView name) noexcept {
  return Frame::with_header(Command::file_request, name);
}
Frame encode_meta_request(ByteView name) noexcept {
  return Frame::with_header(Command::meta_request, name);
}
Frame encode_sync(std::uint32_t position) noexcept {
  return with_u32(Command::sync, position);
}
Frame encode_path(ByteView path_with_nul) noexcept {
  return Frame::with_header(Command::path, path_with_nul);
}

Frame encode_path_request() noexcept {
  constexpr std::array<std::uint8_t, 2> body{0, 0};
  return Frame::with_header(Command::path_request, body);
}

Frame encode_init_repeat() noexcept {
  constexpr std::array<std::uint8_t, 2> bytes{0x00, 0x09};
  return Frame::raw(bytes);
}

Frame encode_init(const Init& init) noexcept {
  std::array<std::uint8_t, init_size> bytes{};
  base::store_be(bytes.data() + 2, init.protocol);
  base::store_be(bytes.data() + 4, init.imei);
  base::store_be(bytes.data() + 12, init.settings);
  return Frame::raw(bytes);
}

Frame encode_start(const Start& start) noexcept {
  std::array<std::uint8_t, 6> body;
  base::store_be(body.data(), start.size);
  base::store_be(body.data() + 4, start.file_crc);
  return Frame::with_header(Command::start, body);
}

void append_meta(base::Bytes& out, ByteView meta) {
  append_header(out, Command::meta, meta.size());
  out.insert(out.end(), meta.begin(), meta.end());
}

void append_data(base::Bytes& out, ByteView bytes, std::uint16_t crc) {
  append_header(out, Command::data, bytes.size() + crc_size);
  out.insert(out.end(), bytes.begin(), bytes.end());
  append_be(out, crc);
}

void append_enhanced_data(base::Bytes& out, std::uint32_t offset, ByteView bytes, std::uint16_t crc) {
  append_header(out, Command::enhanced_data, bytes.size() + enhanced_overhead);
  append_be(out, offset);
  out.insert(out.end(), bytes.begin(), bytes.end());
  append_be(out, crc);
}

}  // namespace dualcam
