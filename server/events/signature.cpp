#include "server/events/signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "server/base/bytes.hpp"

namespace events {

std::optional<std::string> signature(std::string_view secret, base::UtcTime now, std::string_view body) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string text = fmt::format("{}.{}", seconds, body);
  const base::ByteView bytes = base::as_bytes(text);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(), digest.data(),
           &size) == nullptr)
    return std::nullopt;
  return fmt::format("t={},v1={}", seconds, base::to_hex(base::ByteView(digest).first(size)));
}

}  // namespace events
