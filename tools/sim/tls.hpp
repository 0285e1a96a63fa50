// TLS of simulated and replayed devices.
#pragma once

#include <asio/ssl.hpp>
#include <optional>
#include <string>

#include "server/base/result.hpp"

namespace sim {

// `ca`: a PEM file; empty: the system's authorities. Fails where it cannot be used.
base::Result<> set_up_tls(std::optional<asio::ssl::context>& tls, bool verify, const std::string& ca);

}  // namespace sim
