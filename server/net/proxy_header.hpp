// The PROXY protocol, versions 1 and 2: what a TCP balancer says in front of a connection about who connects. Sans-IO.
// haproxy.org/download/2.6/doc/proxy-protocol.txt; big endian.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/base/bytes.hpp"

namespace net {

// Version 1 is a line of 107 bytes at most, version 2 a header of 16 with up to 520 of addresses and options as far as
// any balancer sends them: more is not waited for.
constexpr std::size_t max_proxy_header = 536;

enum class ProxyState : std::uint8_t { incomplete, complete, invalid };

struct ProxyHeader {
  ProxyState state = ProxyState::incomplete;
  std::size_t size = 0;  // complete: bytes to take off the front of the stream
  // complete: who connected. Nothing for the balancer's own connections (LOCAL, UNKNOWN): the peer is what it is.
  std::optional<asio::ip::tcp::endpoint> source;
  std::string problem;  // invalid: in words
};

ProxyHeader parse_proxy_header(base::ByteView in);

}  // namespace net
