#include "tools/http/access.hpp"

#include <fmt/format.h>

#include <fstream>

namespace http {

namespace {
constexpr std::size_t longest_token = 4096;

base::Result<std::string> token_of(const Access& access) {
  if (access.token_file.empty()) return access.token;
  std::ifstream file(access.token_file);
  std::string token;
  if (!std::getline(file, token) || token.size() > longest_token)
    return base::fail(base::Errc::invalid,
                      fmt::format("No token can be read from {}; it stands in the first line.", access.token_file));
  while (token.ends_with('\r') || token.ends_with(' ')) token.pop_back();
  return token;
}
}  // namespace

base::Result<std::unique_ptr<Client>> client_of(const Access& access) {
  const auto token = token_of(access);
  if (!token) return std::unexpected(token.error());
  std::string url = access.api;
  while (url.ends_with('/')) url.pop_back();
  return std::make_unique<Client>(std::move(url), *token);
}

}  // namespace http
