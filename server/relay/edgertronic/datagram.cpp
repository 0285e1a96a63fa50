#include "server/relay/edgertronic/datagram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "server/base/utf8.hpp"

namespace edgertronic {

namespace {
struct Words {
  std::string_view word, sentence;
};
// In the order of the enum.
constexpr std::array<Words, refusals> words{{
    {"empty", "The datagram is empty; a trigger has 4 bytes, or 6 to 104 with a file name."},
    {"too_short", "The datagram is too short: a trigger begins with a payload of 4 bytes."},
    {"swapped_payload",
     "The payload's bytes are in reverse order: the sender has to write the number in network order, the most "
     "significant byte first."},
    {"swapped_words",
     "The payload's bytes are swapped in pairs: the sender has to write the number in network order, the most "
     "significant byte first."},
    {"ascii_payload", "The payload is written as text: the sender has to send the number as 4 bytes, not its digits."},
    {"shogun_document",
     "This is an XML document, such as a capture notification, and no trigger: it belongs to an endpoint of its own "
     "protocol."},
    {"other_payload",
     "The payload is another one: the datagram is meant for another group of cameras, or the payloads of sender and "
     "endpoint are set differently."},
    {"empty_name", "The file name is empty: a trigger without a name has 4 bytes and no NUL."},
    {"name_not_ended", "The file name does not end with a NUL: the sender has to send one behind it."},
    {"name_too_long", "The file name is longer than 99 bytes: the sender has to shorten it."},
    {"control_character", "The file name has a control character, such as a line end: the sender has to strip it."},
    {"bytes_behind_the_name",
     "There are bytes behind the NUL that ends the file name: a name is the last thing in a trigger."},
}};

constexpr std::uint32_t swap_halves(std::uint32_t value) noexcept {
  return value << 16 | value >> 16;
}

bool is_control(std::uint8_t byte) noexcept {
  return byte < 0x20 || byte == 0x7f;
}

// "0x05AA9544", "05aa9544", "5AA9544" or "95065412", whatever may follow.
bool is_written_out(base::ByteView datagram, std::uint32_t payload) {
  std::string_view text = base::as_text(datagram);
  if (text.starts_with("0x") || text.starts_with("0X")) return true;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  std::array<char, 10> digits{};  // of 2^32 - 1
  const auto begins_with = [&](int number_base) {
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), payload, number_base).ptr;
    const std::string_view number(digits.data(), end);
    return std::ranges::equal(number, text.substr(0, number.size()), [](char digit, char c) {
      return digit == (c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    });
  };
  return begins_with(16) || begins_with(10);
}

Refusal why_other(base::ByteView datagram, std::uint32_t payload) {
  // Text first: bytes that read like a number are one more often than they are a payload swapped.
  if (payload > 0xff && is_written_out(datagram, payload)) return Refusal::ascii_payload;
  const std::string_view text = base::as_text(datagram.subspan(datagram[0] == '\n' ? 1 : 0));
  if (text.starts_with("<?xml") || text.starts_with("<Capture")) return Refusal::shogun_document;
  const auto found = base::load_be<std::uint32_t>(datagram.data());
  const std::uint32_t swapped = base::detail::byteswap(payload);
  if (found == swapped) return Refusal::swapped_payload;
  if (found == swap_halves(payload) || found == swap_halves(swapped)) return Refusal::swapped_words;
  return Refusal::other_payload;
}

std::expected<Trigger, Refusal> decode_name(base::ByteView rest) {
  const auto end = std::ranges::find(rest, std::uint8_t{0});
  const auto size = static_cast<std::size_t>(end - rest.begin());
  if (size > max_name_size) return std::unexpected(Refusal::name_too_long);
  if (end == rest.end()) return std::unexpected(Refusal::name_not_ended);
  const base::ByteView behind = rest.subspan(size + 1);
  if (rest.size() > max_name_size + 1 || !std::ranges::all_of(behind, [](std::uint8_t byte) { return byte == 0; }))
    return std::unexpected(Refusal::bytes_behind_the_name);
  if (size == 0) return std::unexpected(Refusal::empty_name);
  const base::ByteView name = rest.first(size);
  if (std::ranges::any_of(name, is_control)) return std::unexpected(Refusal::control_character);
  return Trigger{std::string(base::as_text(name))};
}

std::unexpected<base::Error> bad_name(std::string_view name, std::string_view what) {
  return base::fail(base::Errc::invalid, fmt::format("The file name \"{}\" cannot be sent to the camera: {}.",
                                                     base::printable(base::as_bytes(name), max_name_size), what));
}
}  // namespace

std::string_view to_string(Refusal refusal) noexcept {
  return words[static_cast<std::size_t>(refusal)].word;
}

std::string_view sentence(Refusal refusal) noexcept {
  return words[static_cast<std::size_t>(refusal)].sentence;
}

std::expected<Trigger, Refusal> decode(base::ByteView datagram, std::uint32_t payload) {
  if (datagram.empty()) return std::unexpected(Refusal::empty);
  if (datagram.size() < payload_size) return std::unexpected(Refusal::too_short);
  if (base::load_be<std::uint32_t>(datagram.data()) != payload) return std::unexpected(why_other(datagram, payload));
  if (datagram.size() == payload_size) return Trigger{};
  return decode_name(datagram.subspan(payload_size));
}

base::Result<base::Bytes> encode(std::uint32_t payload, std::optional<std::string_view> name) {
  base::Bytes out(payload_size);
  base::store_be(out.data(), payload);
  if (!name) return out;
  if (name->empty()) return bad_name(*name, "it is empty; leave it out, and the camera uses its own");
  if (name->size() > max_name_size)
    return bad_name(*name, fmt::format("it has {} bytes, and {} are the most", name->size(), max_name_size));
  const base::ByteView bytes = base::as_bytes(*name);
  if (std::ranges::any_of(bytes, is_control)) return bad_name(*name, "it has a control character");
  if (!base::is_utf8(*name)) return bad_name(*name, "it is not UTF-8");
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.push_back(0);
  return out;
}

}  // namespace edgertronic
