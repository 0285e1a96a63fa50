#include "server/endpoints/config_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "server/endpoints/infos.hpp"

namespace endpoints {

namespace {
constexpr std::size_t most_of_a_file = 64 * 1024;  // secrets and multicast-trigger.conf are a few lines
// Names stand in rules, addresses and figures: letters, digits, '-', '_' and '.'.
bool is_name(std::string_view text) {
  constexpr std::size_t longest = 64;
  if (text.empty() || text.size() > longest) return false;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// With its port, and with what must not stand before it.
std::string_view host_of(std::string_view url) {
  url.remove_prefix(url.find("//") + 2);
  return url.substr(0, url.find_first_of("/?#"));
}

}  // namespace

std::optional<std::string> contents_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(most_of_a_file, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::nullopt;  // a folder opens, too
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::string url_of(Table& table, std::string_view key, bool required) {
  auto url = table.text(key);
  if (!url) {
    if (required && !table.has(key)) table.fault(key, "it is missing");
    return {};
  }
  if (!url->starts_with("http://") && !url->starts_with("https://")) {
    table.fault(key, "it must begin with http:// or https://");
    return {};
  }
  const std::string_view host = host_of(*url);
  if (host.empty()) table.fault(key, "it names no host");
  if (host.contains('@')) table.fault(key, "a name and password do not belong in it");
  return without_slash(std::move(*url));
}

std::string Names::take(Table& table) {
  const auto name = table.text("name");
  if (!name) {
    if (!table.has("name")) table.fault("name", "it is missing");
    return {};
  }
  if (!is_name(*name)) {
    table.fault("name", "it must have letters, digits, '-', '_' and '.' only, 64 at most");
    return {};
  }
  table.name_is(*name);
  if (*name == api_source) table.fault("name", "\"api\" is where events by hand come from");
  if (!taken_.insert(*name).second) table.fault("name", "another endpoint has the same");
  return *name;
}

std::string secret_of(Table& table, std::string_view key) {
  const auto file = table.text(key);
  if (!file) return {};
  auto text = contents_of(*file);
  if (!text) {
    table.fault(key, fmt::format("the file {} cannot be read", *file));
    return {};
  }
  text->resize(std::min(text->size(), text->find_first_of("\r\n")));
  if (text->empty()) table.fault(key, fmt::format("the file {} begins with an empty line", *file));
  return *text;
}

}  // namespace endpoints
