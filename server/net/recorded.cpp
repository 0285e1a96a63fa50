#include "server/net/recorded.hpp"

#include <algorithm>
#include <charconv>

namespace net {

pcapng::Address recorded_address(const asio::ip::address& given) {
  pcapng::Address recorded;
  if (given.is_v4() || given.to_v6().is_v4_mapped()) {
    const auto v4 = given.is_v4() ? given.to_v4() : asio::ip::make_address_v4(asio::ip::v4_mapped, given.to_v6());
    std::ranges::copy(v4.to_bytes(), recorded.bytes.begin());
    return recorded;
  }
  recorded.v6 = true;
  std::ranges::copy(given.to_v6().to_bytes(), recorded.bytes.begin());
  return recorded;
}

pcapng::Endpoint recorded_endpoint(const std::string& text) {
  const auto colon = std::min(text.rfind(':'), text.size());
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::error_code error;
  const auto address = asio::ip::make_address(host, error);
  pcapng::Endpoint recorded;
  if (!error) recorded.address = recorded_address(address);
  if (colon < text.size()) std::from_chars(text.data() + colon + 1, text.data() + text.size(), recorded.port);
  return recorded;
}

}  // namespace net
