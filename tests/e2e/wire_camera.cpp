#include "tests/e2e/wire_camera.hpp"

#include <algorithm>
#include <random>

#include "server/base/imei.hpp"
#include "server/dualcam/crc16.hpp"
#include "tools/sim/metadata.hpp"

namespace e2e {

using dualcam::Command;
using dualcam::packet_size;

namespace {
constexpr std::uint64_t first_device_body = 35630704244101;  // with its check digit: 356307042441013
constexpr std::int64_t first_capture_ms = 1'790'000'000'000;
constexpr std::uint16_t protocol = 5;
constexpr int meta_version = 3;
constexpr std::size_t batch_bytes = 32 * 1024;

base::Bytes metadata_of(const CameraFile& file) {
  return sim::encode_metadata({.camera = dualcam::camera_of(file.file_class),
                               .kind = dualcam::kind_of(file.file_class),
                               .captured_ms = file.captured_ms,
                               .trigger = file.trigger},
                              meta_version);
}
}  // namespace

std::uint64_t imei(std::uint64_t index) {
  return base::with_luhn_digit(first_device_body + index);
}

std::uint32_t CameraFile::packets() const noexcept {
  return static_cast<std::uint32_t>((bytes.size() + packet_size - 1) / packet_size);
}

CameraFile make_file(unsigned seed, std::size_t size, dualcam::FileClass file_class) {
  CameraFile file{.bytes = base::Bytes(size), .file_class = file_class, .captured_ms = first_capture_ms + 1000 * seed};
  std::mt19937 random(seed);
  std::ranges::generate(file.bytes, [&] { return static_cast<std::uint8_t>(random()); });
  constexpr std::uint8_t head_of_no_format = 0x99;
  if (!file.bytes.empty()) file.bytes[0] = head_of_no_format;
  return file;
}

WireCamera::WireCamera(const tests::ServerProcess& server, std::uint64_t imei, const Options& options)
    : imei_(imei), socket_(server.port(options.tls ? "dualcam-tls" : "dualcam"), options.from) {
  if (socket_.connected() && !options.preface.empty()) socket_.send(base::as_bytes(options.preface));
  if (options.tls && socket_.connected() && !socket_.start_tls()) socket_.close();
}

bool WireCamera::init(std::initializer_list<dualcam::FileClass> waiting) {
  std::uint32_t settings = dualcam::settings_always;
  for (const auto file_class : waiting) settings |= dualcam::settings_bit(file_class);
  return send(dualcam::encode_init({.protocol = protocol, .imei = imei_, .settings = settings}));
}

std::optional<std::uint32_t> WireCamera::offer(const CameraFile& file) {
  if (!init({file.file_class})) return std::nullopt;
  return answer_requests(file);
}

std::optional<std::uint32_t> WireCamera::answer_requests(const CameraFile& file) {
  const auto meta_request = next();
  if (!meta_request || meta_request->command != Command::meta_request) return std::nullopt;
  return continue_from_meta(file);
}

std::optional<std::uint32_t> WireCamera::continue_from_meta(const CameraFile& file) {
  base::Bytes meta;
  dualcam::append_meta(meta, metadata_of(file));
  if (!socket_.send(meta)) return std::nullopt;
  const auto file_request = next();
  if (!file_request || file_request->command != Command::file_request) return std::nullopt;
  if (!send(dualcam::encode_start({.size = file.packets(), .file_crc = 0}))) return std::nullopt;
  const auto resume = next();
  if (!resume || resume->command != Command::resume || resume->body.size() != sizeof(std::uint32_t))
    return std::nullopt;
  return base::load_be<std::uint32_t>(resume->body.data());
}

bool WireCamera::declined(const CameraFile& file) {
  if (!init({file.file_class})) return false;
  const auto meta_request = next();
  if (!meta_request || meta_request->command != Command::meta_request) return false;
  base::Bytes meta;
  dualcam::append_meta(meta, metadata_of(file));
  return socket_.send(meta) && told_to_leave();
}

bool WireCamera::send_packets(const CameraFile& file, std::uint32_t first, std::uint32_t last) {
  if (!send(dualcam::encode_sync(first))) return false;
  std::uint16_t crc = 0;
  base::Bytes batch;
  for (std::uint32_t packet = std::max(first, 1U); packet <= last; ++packet) {
    const std::size_t offset = std::size_t{packet - 1} * packet_size;
    const auto bytes = base::ByteView(file.bytes).subspan(offset, std::min(packet_size, file.bytes.size() - offset));
    crc = dualcam::crc16(crc, bytes);
    dualcam::append_data(batch, bytes, crc);
    if (batch.size() < batch_bytes && packet != last) continue;
    if (!socket_.send(batch)) return false;
    batch.clear();
  }
  return true;
}

bool WireCamera::upload(const CameraFile& file) {
  const auto wanted = offer(file);
  return wanted && send_rest(file, *wanted) && acknowledged();
}

std::optional<Request> WireCamera::next(std::chrono::milliseconds limit) {
  const base::Bytes command = socket_.read_exactly(sizeof(std::uint16_t), limit);
  if (command.size() < sizeof(std::uint16_t)) return std::nullopt;
  Request request{static_cast<Command>(base::load_be<std::uint16_t>(command.data())), {}};
  if (request.command == Command::init_repeat) return request;
  const base::Bytes length = socket_.read_exactly(sizeof(std::uint16_t), limit);
  if (length.size() < sizeof(std::uint16_t)) return std::nullopt;
  const std::size_t size = base::load_be<std::uint16_t>(length.data());
  request.body = socket_.read_exactly(size, limit);
  if (request.body.size() < size) return std::nullopt;
  return request;
}

bool WireCamera::acknowledged() {
  const auto request = next();
  return request && request->command == Command::init_repeat;
}

bool WireCamera::told_to_leave() {
  const auto request = next();
  return request && request->command == Command::close;
}

}  // namespace e2e
