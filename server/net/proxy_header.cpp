#include "server/net/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <vector>

namespace net {

using asio::ip::tcp;
using base::ByteView;
using base::load_be;

namespace {
constexpr std::string_view v1_head = "PROXY ";
constexpr std::size_t max_v1 = 107;
constexpr std::array<std::uint8_t, 12> v2_head{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::size_t v2_size = 16;

ProxyHeader invalid(std::string problem) {
  return {.state = ProxyState::invalid, .size = 0, .source = std::nullopt, .problem = std::move(problem)};
}

ProxyHeader complete(std::size_t size, const std::optional<tcp::endpoint>& source) {
  return {.state = ProxyState::complete, .size = size, .source = source, .problem = {}};
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (auto space = line.find(' '); space != std::string_view::npos; space = line.find(' ')) {
    words.push_back(line.substr(0, space));
    line.remove_prefix(space + 1);
  }
  words.push_back(line);
  return words;
}

// PROXY TCP4 198.51.100.7 203.0.113.1 34567 7700
ProxyHeader parse_v1(ByteView in) {
  const std::string_view text = base::as_text(in.first(std::min(in.size(), max_v1)));
  const auto end = text.find("\r\n");
  if (end == std::string_view::npos)
    return text.size() < max_v1 ? ProxyHeader{} : invalid("a PROXY line that does not end");
  const std::size_t size = end + 2;
  const auto words = words_of(text.substr(v1_head.size(), end - v1_head.size()));
  if (words[0] == "UNKNOWN") return complete(size, std::nullopt);
  if (words.size() != 5 || (words[0] != "TCP4" && words[0] != "TCP6")) return invalid("a PROXY line of another form");
  std::error_code error;
  const auto address = asio::ip::make_address(std::string(words[1]), error);
  std::uint16_t port = 0;
  const auto [rest, wrong] = std::from_chars(words[3].data(), words[3].data() + words[3].size(), port);
  if (error || wrong != std::errc{} || rest != words[3].data() + words[3].size() ||
      address.is_v6() != (words[0] == "TCP6"))
    return invalid("a PROXY line without a source address");
  return complete(size, tcp::endpoint(address, port));
}

template <class Address>
tcp::endpoint endpoint_at(const std::uint8_t* address, const std::uint8_t* port) {
  typename Address::bytes_type bytes;
  std::copy_n(address, bytes.size(), bytes.begin());
  return {Address(bytes), load_be<std::uint16_t>(port)};
}

// 12 bytes head | version and command | family and protocol | u16 length | source, destination, ports | options
ProxyHeader parse_v2(ByteView in) {
  if (in.size() < v2_size) return {};
  const std::uint8_t version = in[12] >> 4;
  const std::uint8_t command = in[12] & 0x0f;
  const std::size_t length = load_be<std::uint16_t>(in.data() + 14);
  const std::size_t size = v2_size + length;
  if (version != 2 || command > 1) return invalid("a PROXY header of an unknown version or command");
  if (size > max_proxy_header) return invalid("a PROXY header that is too long");
  if (in.size() < size) return {};
  if (command == 0) return complete(size, std::nullopt);
  constexpr std::uint8_t tcp4 = 0x11;
  constexpr std::uint8_t tcp6 = 0x21;
  const std::uint8_t* at = in.data() + v2_size;
  if (in[13] == tcp4 && length >= 12) return complete(size, endpoint_at<asio::ip::address_v4>(at, at + 8));
  if (in[13] == tcp6 && length >= 36) return complete(size, endpoint_at<asio::ip::address_v6>(at, at + 32));
  return in[13] == 0 ? complete(size, std::nullopt) : invalid("a PROXY header of something that is not TCP");
}

bool may_begin_with(ByteView in, ByteView head) {
  const std::size_t known = std::min(in.size(), head.size());
  return std::ranges::equal(in.first(known), head.first(known));
}
}  // namespace

ProxyHeader parse_proxy_header(ByteView in) {
  if (may_begin_with(in, v2_head)) return parse_v2(in);
  if (may_begin_with(in, base::as_bytes(v1_head))) return in.size() < v1_head.size() ? ProxyHeader{} : parse_v1(in);
  return invalid("no PROXY header, which was expected from this balancer: " +
                 base::to_hex(in.first(std::min<std::size_t>(in.size(), 8))));
}

}  // namespace net
