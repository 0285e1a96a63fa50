// What of a request is checked before anything is opened for it.
#pragma once

#include <asio/ip/address.hpp>
#include <string>

#include "server/base/result.hpp"
#include "server/net/proxy_greeting.hpp"
#include "server/net/relay/http_client.hpp"

namespace net::relay {

// Method, scheme, host, port and path, for errors: a key may stand in the query.
base::Result<std::string> check_request(const HttpRequest& request);

// Whom the client may connect to.
class HttpReach {
 public:
  static base::Result<HttpReach> parse(const std::vector<std::string>& allow);
  bool allows(const asio::ip::address& address) const;

 private:
  Networks allowed_;  // none: all but the following
  Networks forbidden_;
};

}  // namespace net::relay
