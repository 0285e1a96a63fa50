#include "storage/evidence/chain.hpp"

#include <fmt/format.h>

#include <iterator>

#include "server/base/bytes.hpp"
#include "server/base/json.hpp"
#include "storage/files/sha256.hpp"

namespace storage::evidence {

namespace {
// Of well-formed UTF-8, which is what JsonWriter makes. Takes the character from the front of `text`.
std::uint32_t take_character(std::string_view& text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::uint32_t character = length == 1 ? lead : lead & (0x7fU >> length);
  for (const char c : text.substr(1, length - 1)) character = character << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  text.remove_prefix(length);
  return character;
}

// The same JSON with every character beyond ASCII escaped, those beyond U+FFFF as two surrogates (RFC 8259, 7).
std::string in_ascii(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  const auto escape = [&out](std::uint32_t unit) { fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit); };
  while (!json.empty()) {
    const std::uint32_t character = take_character(json);
    if (character < 0x80) {
      out += static_cast<char>(character);
    } else if (character < 0x10000) {
      escape(character);
    } else {
      escape(0xd800 + ((character - 0x10000) >> 10));
      escape(0xdc00 + ((character - 0x10000) & 0x3ff));
    }
  }
  return out;
}

// Cameras send any number as a time; of some there is no text of four digits for the year.
std::optional<base::UtcTime> sensible(std::optional<base::UtcTime> time) noexcept {
  using namespace std::chrono;
  const bool known = time && *time >= sys_days{year{0} / 1 / 1} && *time < sys_days{year{10'000} / 1 / 1};
  return known ? time : std::nullopt;
}
}  // namespace

std::string record_of(const StoredFile& file) {
  base::JsonWriter json;
  json.begin_object();
  json.member("type", "stored");
  json.member("imei", file.imei.str());
  json.member("id", file.id.str());
  json.member("camera", base::to_string(file.camera));
  json.member("kind", base::to_string(file.kind));
  json.member("name", file.name);
  json.member("captured_at", sensible(file.captured_at));
  json.member("received_at", file.received_at);
  json.member("size", file.size);
  json.member("sha256", file.sha256);
  json.member("object", file.object_key);
  json.member("packets", file.packets);
  json.member("bad_crcs", file.bad_crcs);
  json.end_object();
  return in_ascii(std::move(json).take());
}

std::string record_of(const DeletedFile& file) {
  base::JsonWriter json;
  json.begin_object();
  json.member("type", "deleted");
  json.member("imei", file.imei.str());
  json.member("id", file.id.str());
  json.member("deleted_at", file.deleted_at);
  json.member("size", file.size);
  json.member("sha256", file.sha256);
  json.member("object", file.object_key);
  json.member("reason", file.reason);
  json.end_object();
  return in_ascii(std::move(json).take());
}

base::Result<std::string> hash_of(std::string_view previous, std::uint64_t number, std::string_view record) {
  Sha256 hash;
  hash.feed(base::as_bytes(previous));
  hash.feed(base::as_bytes("\n"));
  hash.feed(base::as_bytes(std::to_string(number)));
  hash.feed(base::as_bytes("\n"));
  hash.feed(base::as_bytes(record));
  return hash.hex();
}

}  // namespace storage::evidence
