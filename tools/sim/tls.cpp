#include "tools/sim/tls.hpp"

#include <fmt/format.h>

namespace sim {

base::Result<> set_up_tls(std::optional<asio::ssl::context>& tls, bool verify, const std::string& ca) {
  std::error_code error;
  tls.emplace(asio::ssl::context::tls_client);
  tls->set_verify_mode(verify ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
  if (ca.empty())
    tls->set_default_verify_paths(error);
  else
    tls->load_verify_file(ca, error);
  if (!error) return {};
  return base::fail(base::Errc::invalid,
                    fmt::format("The certificates in \"{}\" cannot be used: {}.", ca, error.message()));
}

}  // namespace sim
