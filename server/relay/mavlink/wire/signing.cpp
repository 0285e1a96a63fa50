#include "server/relay/mavlink/wire/signing.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>

#include "server/relay/mavlink/wire/crc.hpp"
#include "server/relay/mavlink/wire/framing.hpp"

namespace mavlink {

using namespace framing;

namespace {

constexpr base::UtcTime epoch = std::chrono::sys_days{std::chrono::year{2015} / 1 / 1};
constexpr SigningTime per_millisecond = 100;
constexpr SigningTime minute = 60'000 * per_millisecond;
constexpr SigningTime last_moment = (SigningTime{1} << 48) - 1;  // in the year 2104
constexpr SigningTime kept_ahead = 2 * minute;                   // to_store() is at most this far ahead
constexpr SigningTime oldest_new_stream = minute;
constexpr std::uint32_t radio_status = 109;  // put in by radios, which have no key

constexpr std::size_t tag_size = 6;
constexpr std::size_t time_size = 6;
using Tag = std::array<std::uint8_t, tag_size>;

std::optional<std::array<std::uint8_t, 32>> sha256(base::ByteView bytes) noexcept {
  std::array<std::uint8_t, 32> digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) return std::nullopt;
  return digest;
}

// `covered`: the frame, the link and the timestamp.
std::optional<Tag> tag_of(const SigningKey& key, base::ByteView covered) noexcept {
  std::array<std::uint8_t, sizeof(SigningKey) + longest_frame> text;
  const auto behind_key = std::ranges::copy(key, text.begin()).out;
  const auto end = std::ranges::copy(covered, behind_key).out;
  const auto digest = sha256({text.begin(), end});
  OPENSSL_cleanse(text.data(), key.size());
  if (!digest) return std::nullopt;
  Tag tag;
  std::copy_n(digest->begin(), tag.size(), tag.begin());
  return tag;
}

SigningTime load_time(const std::uint8_t* at) noexcept {
  return base::load_le<std::uint32_t>(at) | SigningTime{base::load_le<std::uint16_t>(at + 4)} << 32;
}
void store_time(std::uint8_t* at, SigningTime time) noexcept {
  base::store_le(at, static_cast<std::uint32_t>(time));
  base::store_le(at + 4, static_cast<std::uint16_t>(time >> 32));
}

}  // namespace

base::Result<SigningKey> read_signing_key(std::string_view text) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty())
    return base::fail(base::Errc::invalid,
                      "The signing key is empty: write 64 hexadecimal digits or a passphrase into its file.");
  SigningKey key;
  if (text.size() == 2 * key.size() && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos) {
    std::ranges::copy(*base::from_hex(text), key.begin());
    return key;
  }
  const auto digest = sha256(base::as_bytes(text));
  if (!digest) return base::fail(base::Errc::unavailable, "OpenSSL makes no SHA-256 of the signing key's passphrase.");
  return *digest;
}

SigningTime to_signing_time(base::UtcTime time) noexcept {
  if (time <= epoch) return 0;
  const auto since = static_cast<SigningTime>((time - epoch).count());
  return std::min(since, last_moment / per_millisecond) * per_millisecond;
}

std::string_view to_string(SignatureFault fault) noexcept {
  switch (fault) {
    case SignatureFault::none: return "none";
    case SignatureFault::unsigned_frame: return "not signed";
    case SignatureFault::wrong: return "signed with another key, or changed on the way";
    case SignatureFault::replayed: return "sent before";
    case SignatureFault::too_old: return "of a new sender, and too old";
  }
  return "";
}

Signer::Signer(SigningKey key, std::uint8_t link_id, SigningTime stored)
    : key_(key), link_id_(link_id), last_(std::min(stored, last_moment)), heard_(last_ - std::min(last_, kept_ahead)) {}

void Signer::sign(FrameBytes& frame, base::UtcTime now) {
  std::uint8_t* const data = frame.data.data();
  if (frame.size < header_2 + crc_size || data[0] != magic_2 || (data[incompatible_at] & signed_flag) != 0) return;
  const auto about = known(load_id_2(data + id_2_at));
  if (!about || frame.size + signature_size > frame.data.size()) return;
  // The CRC is over the flag as well.
  data[incompatible_at] |= signed_flag;
  const std::size_t covered = frame.size - 1 - crc_size;
  base::store_le(data + 1 + covered, crc_of_frame({data + 1, covered}, about->crc_extra));
  last_ = std::min(std::max(last_ + 1, to_signing_time(now)), last_moment);
  data[frame.size] = link_id_;
  store_time(data + frame.size + 1, last_);
  // Without a digest the frame goes out with a tag of zeros, which nobody takes.
  const Tag tag = tag_of(key_, {data, frame.size + 1 + time_size}).value_or(Tag{});
  frame.size = static_cast<std::size_t>(std::ranges::copy(tag, data + frame.size + 1 + time_size).out - data);
}

SignatureFault Signer::check(const Frame& frame, base::UtcTime now) {
  if (!frame.is_signed) return frame.message_id == radio_status ? SignatureFault::none : SignatureFault::unsigned_frame;
  const base::ByteView covered = frame.bytes.first(frame.bytes.size() - tag_size);
  const auto tag = tag_of(key_, covered);
  if (!tag || CRYPTO_memcmp(tag->data(), frame.bytes.last(tag_size).data(), tag_size) != 0)
    return SignatureFault::wrong;
  const std::uint8_t* link = covered.last(1 + time_size).data();
  const SigningTime sent = load_time(link + 1);
  if (const SignatureFault fault = place({frame.from.system, frame.from.component, *link}, sent, now);
      fault != SignatureFault::none)
    return fault;
  // Whoever has the key may be ahead of our clock: what we send must not look old to others.
  heard_ = std::max(heard_, sent);
  last_ = std::max(last_, sent);
  return SignatureFault::none;
}

SignatureFault Signer::place(const Stream& stream, SigningTime sent, base::UtcTime now) {
  if (const auto seen = streams_.find(stream); seen != streams_.end()) {
    if (sent <= seen->second) return SignatureFault::replayed;
    seen->second = sent;
    return SignatureFault::none;
  }
  const SigningTime ours = std::max(heard_, to_signing_time(now));
  if (sent + oldest_new_stream < ours || streams_.size() >= longest_streams) return SignatureFault::too_old;
  streams_.emplace(stream, sent);
  return SignatureFault::none;
}

SigningTime Signer::to_store() const noexcept {
  return (last_ / minute + 2) * minute;
}

}  // namespace mavlink
