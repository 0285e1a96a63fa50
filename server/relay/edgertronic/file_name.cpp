#include "server/relay/edgertronic/file_name.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/base/bytes.hpp"
#include "server/base/utf8.hpp"
#include "server/relay/edgertronic/datagram.hpp"

namespace edgertronic {

namespace {
constexpr std::string_view refused_by_file_systems = ":*?\"<>|";

// What a file system takes of it, parameters as they are.
std::string filtered(std::string_view text, bool folders) {
  std::string name = base::without_controls(text);
  std::erase_if(name, [folders](char c) { return c == '\\' || (c == '/' && !folders); });
  std::ranges::replace_if(name, [](char c) { return refused_by_file_systems.contains(c); }, '_');
  return name;
}

// Without parts that are empty or lead elsewhere; a "/" at the front stays, one at the end goes.
std::string plain_path(std::string_view path) {
  std::string plain;
  const bool whole = path.starts_with('/');
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == "." || part == "..") continue;
    if (whole || !plain.empty()) plain += '/';
    plain += part;
  }
  return plain;
}

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_parameter(std::string_view text, std::size_t at) noexcept {
  return at + 1 < text.size() && text[at] == '&' && is_letter_or_digit(text[at + 1]);
}

// "_&T" of "name_&T", "&b-&T" of "name&b-&T": the parameters at the end with what joins them.
std::string_view parameters_at_end(std::string_view name) noexcept {
  std::size_t begin = name.size();
  while (begin >= 2 && is_parameter(name, begin - 2)) {
    begin -= 2;
    if (begin > 0 && (name[begin - 1] == '_' || name[begin - 1] == '-' || name[begin - 1] == '.')) --begin;
  }
  return name.substr(begin);
}

std::string shortened(std::string_view name) {
  const std::string_view tail = parameters_at_end(name);
  if (tail.size() >= max_name_size) return std::string(base::cut_utf8(name, max_name_size));
  std::string_view head = base::cut_utf8(name.substr(0, name.size() - tail.size()), max_name_size - tail.size());
  // Half a parameter would take the first letter behind it.
  if (head.ends_with('&')) head.remove_suffix(1);
  return std::string(head).append(tail);
}
}  // namespace

std::string sanitise(std::string_view text, bool folders) {
  std::string name = filtered(text, folders);
  if (folders) name = plain_path(name);
  if (name.size() > max_name_size) name = shortened(name);
  if (folders) name = plain_path(name);  // a cut may leave a part that leads elsewhere
  if (name == "." || name == "..") name.clear();
  return name;
}

bool may_tell_cameras_apart(std::string_view name) noexcept {
  for (std::size_t at = 0; at < name.size(); ++at)
    if (is_parameter(name, at) && name[at + 1] != 'T' && name[at + 1] != 'b') return true;
  return false;
}

bool may_tell_shots_apart(std::string_view name) noexcept {
  for (std::size_t at = 0; at < name.size(); ++at)
    if (is_parameter(name, at)) return true;
  return false;
}

std::optional<std::string> name_danger(std::optional<std::string_view> name, std::size_t cameras) {
  if (cameras > 1 && (!name || !may_tell_cameras_apart(*name)))
    return fmt::format(
        "{} cameras fire together and name their files alike ({}): on a network share one overwrites the other. Give "
        "each camera a folder or a name of its own.",
        cameras, name ? base::printable(base::as_bytes(*name), max_name_size) : "slomo_&T");
  if (name && !may_tell_shots_apart(*name))
    return fmt::format("Every shot is named \"{}\": add &T, which cameras replace by the time of the trigger.",
                       base::printable(base::as_bytes(*name), max_name_size));
  return std::nullopt;
}

}  // namespace edgertronic
