#include "tools/capture/packets.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace captures {

namespace {
Link link_of(int type) noexcept {
  switch (type) {
    case DLT_EN10MB: return Link::ethernet;
    case DLT_LINUX_SLL: return Link::cooked;
    case DLT_LINUX_SLL2: return Link::cooked_2;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6: return Link::ip;
    case DLT_NULL:
    case DLT_LOOP: return Link::loopback;
    default: return Link::unknown;
  }
}

// Times of damaged files can be anything; these can be calculated with and written down.
constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999

Time time_of(const timeval& time) noexcept {
  const auto seconds = std::clamp<std::int64_t>(time.tv_sec, 0, last_second);
  const auto micros = std::clamp<std::int64_t>(time.tv_usec, 0, 999'999);
  return Time{std::chrono::seconds{seconds} + std::chrono::microseconds{micros}};
}

base::Result<std::uint64_t> size_of(std::FILE* stream, const std::string& path) {
  struct stat facts{};
  if (::fstat(::fileno(stream), &facts) != 0) return base::fail_errno(errno, "The capture " + path);
  if (S_ISDIR(facts.st_mode))
    return base::fail(base::Errc::invalid, fmt::format("{} is a folder, not a capture: name the files in it.", path));
  return static_cast<std::uint64_t>(std::max<off_t>(facts.st_size, 0));
}
}  // namespace

// pcap_t by another name: its header stays in here.
struct PacketFile::Handle {
  pcap_t* capture;
};

void PacketFile::Close::operator()(Handle* handle) const noexcept {
  pcap_close(handle->capture);  // and the stream
  delete handle;
}

base::Result<PacketFile> PacketFile::start(void* stream, std::string name, std::uint64_t size) {
  auto* const file = static_cast<std::FILE*>(stream);
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* const capture = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_MICRO, error.data());
  if (capture == nullptr) {
    static_cast<void>(std::fclose(file));
    return base::fail(base::Errc::invalid,
                      fmt::format("{} is no capture that can be read, pcap or pcapng: {}.", name, error.data()));
  }
  PacketFile made;
  made.handle_.reset(new Handle{capture});
  made.name_ = std::move(name);
  made.size_ = size;
  made.link_ = link_of(pcap_datalink(capture));
  if (made.link_ == Link::unknown) {
    const char* const known = pcap_datalink_val_to_name(pcap_datalink(capture));
    made.problem_ = fmt::format(
        "{} has packets of a link layer that is not known here ({}): nothing of it was read; capture on an Ethernet "
        "interface or on \"any\".",
        made.name_, known != nullptr ? known : std::to_string(pcap_datalink(capture)));
  }
  return made;
}

base::Result<PacketFile> PacketFile::open(const std::string& path) {
  std::FILE* const stream = std::fopen(path.c_str(), "rbe");
  if (stream == nullptr) return base::fail_errno(errno, "The capture " + path);
  const auto size = size_of(stream, path);
  if (!size) {
    static_cast<void>(std::fclose(stream));
    return std::unexpected(size.error());
  }
  return start(stream, path, *size);
}

base::Result<PacketFile> PacketFile::open(base::ByteView file, std::string_view name) {
  if (file.empty()) return base::fail(base::Errc::invalid, fmt::format("{} is no capture: it is empty.", name));
  // Opened for reading, nothing is written to it.
  std::FILE* const stream = ::fmemopen(const_cast<std::uint8_t*>(file.data()), file.size(), "rb");
  if (stream == nullptr) return base::fail_errno(errno, fmt::format("The capture {} in memory", name));
  return start(stream, std::string(name), file.size());
}

std::optional<Packet> PacketFile::next() {
  if (problem_ && link_ != Link::unknown) return std::nullopt;
  pcap_pkthdr* head = nullptr;
  const u_char* bytes = nullptr;
  const int result = pcap_next_ex(handle_->capture, &head, &bytes);
  if (result == 1) {
    const std::size_t length = std::max(head->len, head->caplen);
    return Packet{.time = time_of(head->ts), .link = link_, .bytes = {bytes, head->caplen}, .length = length};
  }
  if (result != PCAP_ERROR_BREAK)
    problem_ =
        fmt::format("{} cannot be read to its end, what is before is used: {}.", name_, pcap_geterr(handle_->capture));
  return std::nullopt;
}

std::uint64_t PacketFile::done() const {
  const off_t at = ::ftello(pcap_file(handle_->capture));
  return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

}  // namespace captures
