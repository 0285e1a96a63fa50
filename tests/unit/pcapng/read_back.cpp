#include "tests/unit/pcapng/read_back.hpp"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace pcapng::test {

CaptureFile::CaptureFile(base::ByteView bytes) : path_(::testing::TempDir() + "capture-XXXXXX") {
  const int descriptor = ::mkstemp(path_.data());
  EXPECT_GE(descriptor, 0);
  ::close(descriptor);
  std::ofstream(path_, std::ios::binary) << base::as_text(bytes);
}

CaptureFile::~CaptureFile() {
  std::remove(path_.c_str());
}

std::vector<Packet> read_with_libpcap(base::ByteView file) {
  const CaptureFile kept(file);
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* const capture = pcap_open_offline(kept.path().c_str(), error.data());
  std::vector<Packet> packets;
  if (capture == nullptr) {
    ADD_FAILURE() << error.data();
    return packets;
  }
  EXPECT_EQ(pcap_datalink(capture), DLT_RAW);
  pcap_pkthdr* head = nullptr;
  const u_char* bytes = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(capture, &head, &bytes)) == 1) {
    EXPECT_EQ(head->len, head->caplen);
    packets.push_back({std::int64_t{head->ts.tv_sec} * 1'000'000 + head->ts.tv_usec, {bytes, bytes + head->caplen}});
  }
  EXPECT_EQ(result, PCAP_ERROR_BREAK) << pcap_geterr(capture);
  pcap_close(capture);
  return packets;
}

namespace {
struct Ip {
  base::ByteView source;
  base::ByteView payload;
};
Ip ip_of(const Packet& packet) {
  const base::ByteView bytes(packet.bytes);
  const bool v6 = bytes[0] >> 4 == 6;
  return {bytes.subspan(v6 ? 8 : 12, v6 ? 16 : 4), bytes.subspan(v6 ? 40 : 20)};
}
}  // namespace

Session read_session(base::ByteView file) {
  Session session;
  std::optional<std::uint16_t> device;
  std::optional<std::uint32_t> next[2];
  for (const Packet& packet : read_with_libpcap(file)) {
    const auto [source, segment] = ip_of(packet);
    const auto port = base::load_be<std::uint16_t>(segment.data());
    if (!device) {
      device = port;
      session.device = base::to_hex(source);
    }
    const bool sent = port != *device;
    const auto sequence = base::load_be<std::uint32_t>(segment.data() + 4);
    const unsigned flags = segment[13];
    const auto payload = segment.subspan(std::size_t{segment[12]} >> 4U << 2U);
    if (next[sent] && *next[sent] != sequence) session.whole = false;
    const bool counts = (flags & 3U) != 0;  // SYN, FIN
    next[sent] = sequence + static_cast<std::uint32_t>(payload.size()) + (counts ? 1 : 0);
    base::Bytes& into = sent ? session.to_device : session.from_device;
    into.insert(into.end(), payload.begin(), payload.end());
    if ((flags & 5U) != 0) session.ended = true;  // FIN, RST
  }
  return session;
}

std::vector<base::Bytes> read_datagrams(base::ByteView file) {
  constexpr std::size_t udp_header = 8;
  std::vector<base::Bytes> all;
  for (const Packet& packet : read_with_libpcap(file)) {
    const auto payload = ip_of(packet).payload.subspan(udp_header);
    all.emplace_back(payload.begin(), payload.end());
  }
  return all;
}

base::Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  const std::string text = std::move(all).str();
  return {text.begin(), text.end()};
}

std::optional<std::vector<std::string>> read_with_tshark(base::ByteView file, const std::string& fields) {
  if (std::system("tshark --version >/dev/null 2>&1") != 0) return std::nullopt;
  const CaptureFile kept(file);
  std::string command = "tshark -n -r " + kept.path() +
                        " -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE"
                        " -T fields -E separator='|' -E occurrence=a";
  std::istringstream words(fields);
  for (std::string word; words >> word;) command += " -e " + word;
  command += " 2>&1";
  std::vector<std::string> lines;
  std::FILE* const output = ::popen(command.c_str(), "r");
  std::string line;
  for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output)) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    if (!line.starts_with("Running as user")) lines.push_back(line);
    line.clear();
  }
  EXPECT_EQ(::pclose(output), 0) << line;
  return lines;
}

}  // namespace pcapng::test
