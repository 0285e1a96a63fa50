#include "server/recorder/mask.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "server/base/imei.hpp"

namespace recorder {

namespace {
constexpr std::size_t imei_digits = 15;
constexpr std::uint64_t lowest_imei = 100'000'000'000'000;
constexpr std::uint64_t highest_imei = 999'999'999'999'999;
constexpr std::uint64_t ten_to_12 = 1'000'000'000'000;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_of_address(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

std::optional<pcapng::Address> parse_address(std::string_view text) {
  const std::string word(text);
  pcapng::Address address;
  if (inet_pton(AF_INET, word.c_str(), address.bytes.data()) == 1) return address;
  address.v6 = true;
  if (inet_pton(AF_INET6, word.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string text_of(const pcapng::Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  return text.data();
}
}  // namespace

base::Result<Mask> Mask::open(const std::string& file) {
  Key key{};
  const int old = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (old >= 0) {
    const ssize_t size = ::read(old, key.data(), key.size());
    ::close(old);
    if (size == static_cast<ssize_t>(key.size())) return Mask(key);
    return base::fail(
        base::Errc::corrupt,
        fmt::format("{} is no key of {} bytes. Remove it: what is recorded then is masked anew.", file, key.size()));
  }
  if (errno != ENOENT) return base::fail_errno(errno, fmt::format("Cannot read the key {}", file));
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
    return base::fail(base::Errc::unavailable, "The system has no random bytes for the key of the recorder's mask.");
  // Whole or not at all.
  const std::string fresh = file + ".new";
  const int made = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (made < 0) return base::fail_errno(errno, fmt::format("Cannot make the key {}", file));
  const ssize_t written = ::write(made, key.data(), key.size());
  const int error = errno;
  ::close(made);
  if (written != static_cast<ssize_t>(key.size()))
    return base::fail_errno(written < 0 ? error : ENOSPC, fmt::format("Cannot write the key {}", file));
  if (::rename(fresh.c_str(), file.c_str()) != 0)
    return base::fail_errno(errno, fmt::format("Cannot make the key {}", file));
  return Mask(key);
}

// Of one kind of thing, so that no two kinds share their numbers.
std::uint64_t Mask::hash(std::string_view what, base::ByteView of) const {
  base::Bytes message(what.begin(), what.end());
  message.insert(message.end(), of.begin(), of.end());
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), message.data(), message.size(), digest.data(), &size);
  return base::load_be<std::uint64_t>(digest.data());
}

pcapng::Address Mask::address(const pcapng::Address& real) const {
  pcapng::Address masked{.v6 = real.v6};
  const auto number = hash("address", base::ByteView(real.bytes).first(real.v6 ? 16 : 4));
  if (!real.v6) {
    // 15 bits of a network, and 17 of the hash, none of them the network's or everybody's address.
    constexpr std::uint32_t network = 198U << 24 | 18U << 16;
    base::store_be(masked.bytes.data(), network | static_cast<std::uint32_t>(number % ((1U << 17) - 2) + 1));
    return masked;
  }
  masked.bytes = {0x20, 0x01, 0x0d, 0xb8};
  base::store_be(masked.bytes.data() + 8, number);
  return masked;
}

std::uint64_t Mask::imei(std::uint64_t real) const {
  if (real < lowest_imei || real > highest_imei) return real;
  const std::uint64_t body = real / 10;
  const std::uint64_t off = (real % 10 + 10 - base::with_luhn_digit(body) % 10) % 10;
  std::array<std::uint8_t, 8> bytes{};
  base::store_be(bytes.data(), body);
  const std::uint64_t masked = body / ten_to_12 * ten_to_12 + hash("imei", bytes) % ten_to_12;
  const std::uint64_t good = base::with_luhn_digit(masked);
  return good / 10 * 10 + (good % 10 + off) % 10;
}

std::string Mask::imei(std::string_view digits) const {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size() && digits.size() == imei_digits;
  return whole && number >= lowest_imei ? fmt::format("{}", imei(number)) : std::string(digits);
}

// Wherever fifteen digits stand in it.
std::string Mask::digits(std::string_view real) const {
  std::string out;
  while (!real.empty()) {
    const bool number = is_digit(real.front());
    const auto end = std::ranges::find_if(real, [&](char c) { return is_digit(c) != number; });
    const auto run = real.substr(0, static_cast<std::size_t>(end - real.begin()));
    out += imei(run);
    real.remove_prefix(run.size());
  }
  return out;
}

std::string Mask::text(std::string_view real) const {
  std::string out;
  while (!real.empty()) {
    const std::size_t size = static_cast<std::size_t>(std::ranges::find_if_not(real, is_of_address) - real.begin());
    if (size == 0) {
      out += real.front();
      real.remove_prefix(1);
      continue;
    }
    std::string_view word = real.substr(0, size);
    real.remove_prefix(size);
    // "192.0.2.7:41000" has a port behind it, and "it was 192.0.2.7." a full stop; an address of IPv6 ends as it may.
    const std::size_t bare = word.find_last_not_of(".:") + 1;
    std::size_t end = word.size();
    for (const std::size_t each : {bare, std::min(word.find(':'), bare)})
      if (!parse_address(word.substr(0, end))) end = each;
    const std::string_view head = word.substr(0, end);
    if (const auto address = parse_address(head))
      out += text_of(this->address(*address));
    else
      out += digits(head);
    out += digits(word.substr(end));
  }
  return out;
}

}  // namespace recorder
