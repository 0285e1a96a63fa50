#include "server/base/ids.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "server/base/bytes.hpp"

namespace base {

namespace {
constexpr std::size_t random_size = 10;  // of one id

// Drawn for a hundred ids at a time: a draw costs microseconds, whatever its size, and the relay makes twenty ids
// before the first of its cameras is fired. Whoever forks and goes on without exec would share what is left.
void draw_random(std::uint8_t* into) {
  thread_local std::array<std::uint8_t, 100 * random_size> drawn;
  thread_local std::size_t used = drawn.size();
  if (used == drawn.size()) {
    // OpenSSL's generator fails only when the system has no entropy source at all: nothing sensible is left to do then.
    if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1)
      throw std::runtime_error("the system's random generator failed");
    used = 0;
  }
  std::copy_n(drawn.data() + used, random_size, into);
  used += random_size;
}
}  // namespace

Uuid Uuid::v7(UtcTime now) {
  Uuid uuid;
  const auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
  store_be<std::uint64_t>(uuid.bytes_.data(), ms << 16);
  draw_random(uuid.bytes_.data() + 6);
  uuid.bytes_[6] = static_cast<std::uint8_t>((uuid.bytes_[6] & 0x0f) | 0x70);
  uuid.bytes_[8] = static_cast<std::uint8_t>((uuid.bytes_[8] & 0x3f) | 0x80);
  return uuid;
}

Uuid Uuid::first_of(UtcTime time) noexcept {
  Uuid uuid;
  store_be<std::uint64_t>(uuid.bytes_.data(), static_cast<std::uint64_t>(time.time_since_epoch().count()) << 16);
  return uuid;
}

UtcTime Uuid::made_at() const noexcept {
  return UtcTime(std::chrono::milliseconds(load_be<std::uint64_t>(bytes_.data()) >> 16));
}

Uuid Uuid::bound_of(UtcTime time) noexcept {
  constexpr std::int64_t latest = (std::int64_t{1} << 48) - 1;
  const std::int64_t ms = std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, latest);
  Uuid uuid;
  store_be<std::uint64_t>(uuid.bytes_.data(), static_cast<std::uint64_t>(ms) << 16);
  return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  std::string digits;
  for (const char c : text)
    if (c != '-') digits += c;
  const auto bytes = digits.find_first_of(" \t\r\n") == std::string::npos ? from_hex(digits) : std::nullopt;
  if (!bytes || bytes->size() != 16) return std::nullopt;
  Uuid uuid;
  std::copy(bytes->begin(), bytes->end(), uuid.bytes_.begin());
  return uuid;
}

std::string Uuid::str() const {
  std::string text = to_hex(bytes_);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace base
