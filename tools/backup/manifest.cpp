#include "tools/backup/manifest.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "server/base/json.hpp"
#include "storage/files/sha256.hpp"
#include "storage/objects/object_store.hpp"

namespace backup {

namespace {
using Json = nlohmann::json;
constexpr int version = 1;

base::Result<std::string> sha256_of(std::string_view text) {
  storage::Sha256 hash;
  hash.feed(base::as_bytes(text));
  return hash.hex();
}

std::unexpected<base::Error> damaged(std::string_view what) {
  return base::fail(base::Errc::corrupt,
                    fmt::format("the MANIFEST of the backup is damaged: {}. Take another backup of the same system, "
                                "or a copy of this one.",
                                what));
}

template <class Members>
void line(std::string& text, Members members) {
  base::JsonWriter json;
  json.begin_object();
  members(json);
  json.end_object();
  text += std::move(json).take();
  text += '\n';
}

void add_entry(std::string& text, std::string_view name, const Entry& entry) {
  line(text, [&](base::JsonWriter& json) {
    json.member(name, entry.key);
    json.member("size", entry.size);
    json.member("sha256", entry.sha256);
  });
}

// The members of a line; what is missing or of another type throws, which parse_manifest() catches.
Entry read_entry(const Json& json, const char* name) {
  return {.key = json.at(name), .size = json.at("size"), .sha256 = json.at("sha256")};
}

bool read_line(const Json& json, Manifest& manifest) {
  if (json.contains("format")) {
    if (json.at("format") != "dualcamd backup" || json.at("version") != version) return false;
    manifest.kind = json.at("kind");
    manifest.schema = json.at("schema");
    const auto taken = base::parse_iso8601(json.at("taken").get<std::string>());
    if (!taken) return false;
    manifest.taken = *taken;
  } else if (json.contains("catalog")) {
    manifest.catalog = read_entry(json, "catalog");
  } else if (json.contains("object")) {
    manifest.objects.push_back(read_entry(json, "object"));
    return storage::is_valid_object_key(manifest.objects.back().key);
  } else {
    manifest.absent.push_back({.key = json.at("absent"), .lost = json.at("lost"), .reason = json.at("reason")});
  }
  return true;
}
}  // namespace

std::uint64_t Manifest::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Entry& entry : objects) sum += entry.size;
  return sum;
}

std::string to_text(const Manifest& manifest) {
  std::string text;
  line(text, [&](base::JsonWriter& json) {
    json.member("format", "dualcamd backup");
    json.member("version", version);
    json.member("kind", manifest.kind);
    json.member("schema", manifest.schema);
    json.member("taken", manifest.taken);
  });
  add_entry(text, "catalog", manifest.catalog);
  for (const Entry& entry : manifest.objects) add_entry(text, "object", entry);
  for (const Absent& absent : manifest.absent)
    line(text, [&](base::JsonWriter& json) {
      json.member("absent", absent.key);
      json.member("lost", absent.lost);
      json.member("reason", absent.reason);
    });
  const std::string hash = sha256_of(text).value_or(std::string{});
  line(text, [&](base::JsonWriter& json) { json.member("end", hash); });
  return text;
}

base::Result<Manifest> parse_manifest(std::string_view text) {
  const auto last = text.rfind("{\"end\":");
  if (last == std::string_view::npos || !text.ends_with('\n')) return damaged("its end is missing");
  const auto hash = sha256_of(text.substr(0, last));
  if (!hash) return std::unexpected(hash.error());
  Manifest manifest;
  try {
    if (Json::parse(text.substr(last)).at("end") != *hash) return damaged("its lines are not those that were written");
    for (std::size_t at = 0; at < last;) {
      const auto end = text.find('\n', at);
      if (!read_line(Json::parse(text.substr(at, end - at)), manifest))
        return damaged("a line of it is of another program, or of a later version of this one");
      at = end + 1;
    }
  } catch (const Json::exception& error) {
    return damaged(error.what());
  }
  if (manifest.catalog.key.empty() || manifest.catalog.key.find('/') != std::string::npos)
    return damaged("it names no catalog");
  return manifest;
}

base::Result<Manifest> read_manifest(const std::filesystem::path& folder) {
  std::ifstream file(folder / manifest_name, std::ios::binary);
  if (!file)
    return base::fail(base::Errc::not_found,
                      fmt::format("{} has no MANIFEST: it is no backup, or one that broke off. Run `dualcam backup` "
                                  "into it again, which goes on where it ended.",
                                  folder.string()));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_manifest(text);
}

}  // namespace backup
