// The packets of a capture file, one after the other, through libpcap: pcap of both byte orders with times in
// microseconds or nanoseconds, and pcapng.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "tools/capture/conversation.hpp"

namespace captures {

// What a packet begins with.
enum class Link : std::uint8_t {
  ethernet,
  cooked,    // LINKTYPE_LINUX_SLL
  cooked_2,  // LINKTYPE_LINUX_SLL2
  ip,        // LINKTYPE_RAW, IPV4, IPV6: the packet's first four bits say which
  loopback,  // LINKTYPE_NULL and LOOP: four bytes before IP
  unknown,
};

struct Packet {
  Time time;
  Link link = Link::unknown;
  base::ByteView bytes;    // what was captured; borrowed until the next packet is asked for
  std::size_t length = 0;  // what it had on the wire, at least as much
};

class PacketFile {
 public:
  // Errors: what the operating system says; `invalid` where it is no capture.
  static base::Result<PacketFile> open(const std::string& path);
  // `file` is borrowed and outlives the object; `name` is for what is said of it.
  static base::Result<PacketFile> open(base::ByteView file, std::string_view name);

  // Nothing: the end. Where it was not a good one, problem() says why, in a whole sentence with the file's name.
  std::optional<Packet> next();
  const std::optional<std::string>& problem() const noexcept { return problem_; }
  const std::string& name() const noexcept { return name_; }
  std::uint64_t done() const;  // bytes read
  std::uint64_t size() const noexcept { return size_; }

 private:
  struct Handle;
  struct Close {
    void operator()(Handle* handle) const noexcept;
  };
  static base::Result<PacketFile> start(void* stream, std::string name, std::uint64_t size);
  PacketFile() = default;

  std::unique_ptr<Handle, Close> handle_;
  std::string name_;
  std::uint64_t size_ = 0;
  Link link_ = Link::unknown;
  std::optional<std::string> problem_;
};

}  // namespace captures
