// The frames of Teltonika's camera file transfer, both directions. Everything is big endian.
// INIT is 16 bytes without a length field; INIT REPEAT is 2 bytes without one; every other frame is
// `u16 command, u16 length, length bytes`. Facts marked [W] are the vendor's wiki, the rest was seen on real devices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/media.hpp"

namespace dualcam {

enum class Command : std::uint16_t {
  close = 0x0000,          // server → device, 4 bytes; from the device 0000 begins an INIT
  start = 0x0001,          // device: u32 size, u16 file CRC (0 on every device seen)
  resume = 0x0002,         // server: u32 position
  sync = 0x0003,           // device: u32 position; resets the CRC chain
  data = 0x0004,           // device: n bytes, u16 CRC
  status = 0x0005,         // both: u32, see status.hpp
  file_request = 0x0008,   // server: identifier (7 bytes) or path
  init_repeat = 0x0009,    // server: 2 bytes, no length. It is the acknowledgement: the device drops the file
  meta_request = 0x000a,   // server: identifier, or nothing for a path file
  meta = 0x000b,           // device: see metadata.hpp
  path_request = 0x000c,   // server: u16 0
  path = 0x000d,           // device: ASCII path, its trailing NUL counted in the length
  enhanced_data = 0x000e,  // device, protocol 6 and up: u32 byte offset, n bytes, u16 CRC over the n bytes alone
};

std::string_view to_string(Command command) noexcept;
// Commands a device may send with a length field; anything else means that framing is lost.
bool is_device_command(std::uint16_t id) noexcept;

constexpr std::size_t init_size = 16;
constexpr std::size_t header_size = 4;
constexpr std::size_t packet_size = 1024;  // bytes of a packet in the packet dialect; only the last is shorter
constexpr std::size_t crc_size = 2;
constexpr std::size_t enhanced_overhead = 6;  // u32 offset before, u16 CRC after the bytes
constexpr std::size_t max_data_length = packet_size + crc_size;
constexpr std::size_t max_path_length = 255;   // longest seen is 30; SD card paths of the firmware stay below this
constexpr std::size_t max_meta_length = 4096;  // binary forms end at 40, JSON of protocol 6 stays below 1 KiB
constexpr std::size_t max_frame_size = header_size + 0xffff;
constexpr std::uint16_t first_enhanced_protocol = 6;

// What kind of file is waiting, as the INIT settings bits name it.
enum class FileClass : std::uint8_t { photo_front, photo_rear, video_front, video_rear, path };
constexpr std::array<FileClass, 5> all_file_classes{FileClass::photo_front, FileClass::photo_rear,
                                                    FileClass::video_front, FileClass::video_rear, FileClass::path};

// The 7 ASCII bytes of FILE REQ and META REQ: "%photof"; empty for a path file.
std::string_view identifier(FileClass file_class) noexcept;
// Word for settings and logs: "photof", "photor", "videof", "videor", "path".
std::string_view to_string(FileClass file_class) noexcept;
std::optional<FileClass> parse_file_class(std::string_view text) noexcept;
base::Camera camera_of(FileClass file_class) noexcept;   // unknown for a path file
base::MediaKind kind_of(FileClass file_class) noexcept;  // other for a path file
std::uint32_t settings_bit(FileClass file_class) noexcept;

struct Init {
  std::uint16_t protocol = 0;
  std::uint64_t imei = 0;  // as sent; not checked here
  std::uint32_t settings = 0;

  bool waiting(FileClass file_class) const noexcept { return (settings & settings_bit(file_class)) != 0; }
  bool enhanced() const noexcept { return protocol >= first_enhanced_protocol; }
};
constexpr std::uint32_t settings_always = 0x40000400;  // bit 30 and the chunk size, on every INIT seen

// Precondition: `bytes` holds at least init_size bytes and begins with 0000.
Init parse_init(base::ByteView bytes) noexcept;

struct Start {
  std::uint32_t size = 0;  // packets or bytes, by dialect
  std::uint16_t file_crc = 0;
};

// ---- Encoders. Each returns a frame by value; Frame has room for the longest request (a path).
class Frame {
 public:
  base::ByteView view() const noexcept { return {bytes_.data(), size_}; }
  static Frame with_header(Command command, base::ByteView body) noexcept;  // body ≤ max_path_length + 1
  static Frame raw(base::ByteView bytes) noexcept;

 private:
  std::array<std::uint8_t, header_size + max_path_length + 1> bytes_{};
  std::uint16_t size_ = 0;
};

// Server → device.
Frame encode_close() noexcept;
Frame encode_resume(std::uint32_t position) noexcept;
Frame encode_status(std::uint32_t status) noexcept;
Frame encode_file_request(base::ByteView identifier_or_path) noexcept;
Frame encode_init_repeat() noexcept;
Frame encode_meta_request(base::ByteView identifier_or_nothing) noexcept;
Frame encode_path_request() noexcept;

// Device → server, for the simulator and the tests. DATA frames are appended to `out`.
Frame encode_init(const Init& init) noexcept;
Frame encode_start(const Start& start) noexcept;
Frame encode_sync(std::uint32_t position) noexcept;
Frame encode_path(base::ByteView path_with_nul) noexcept;
void append_meta(base::Bytes& out, base::ByteView meta);
void append_data(base::Bytes& out, base::ByteView bytes, std::uint16_t crc);
void append_enhanced_data(base::Bytes& out, std::uint32_t offset, base::ByteView bytes, std::uint16_t crc);

}  // namespace dualcam
