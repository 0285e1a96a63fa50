// Files read by others' programs: libpcap, and tshark where it is installed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"

namespace pcapng::test {

class CaptureFile {
 public:
  explicit CaptureFile(base::ByteView bytes);
  ~CaptureFile();
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

struct Packet {
  std::int64_t microseconds = 0;
  base::Bytes bytes;
};
// Fails the test where libpcap does not take the file to its end, or it is not of raw IP packets.
std::vector<Packet> read_with_libpcap(base::ByteView file);

// What went over the one TCP connection of a file, by the numbers of its segments: who sends first is the device.
struct Session {
  base::Bytes from_device;
  base::Bytes to_device;
  bool whole = true;  // no segment is missing, out of order, or there twice
  bool ended = false;
  std::string device;  // its address, in hexadecimal
};
Session read_session(base::ByteView file);
// Payloads of the datagrams of a file, one after the other.
std::vector<base::Bytes> read_datagrams(base::ByteView file);
base::Bytes read_file(const std::string& path);

// One line for each packet, of the fields' values with '|' between them. Nothing where there is no tshark.
std::optional<std::vector<std::string>> read_with_tshark(base::ByteView file, const std::string& fields);

}  // namespace pcapng::test
