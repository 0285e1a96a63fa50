// Where a server listens.
#pragma once

#include <cstdint>
#include <string>

namespace net {

struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;  // 0: the system chooses one
  bool tls = false;
};

}  // namespace net
