#include "tools/trigger/assignments.hpp"

#include <fmt/format.h>

#include <set>

namespace trigger {

base::Result<> write_assignments(base::JsonWriter& json, const std::vector<std::string>& assignments) {
  std::set<std::string_view> keys;
  json.begin_object();
  for (const std::string& each : assignments) {
    const auto equals = each.find('=');
    if (equals == 0 || equals == std::string::npos)
      return base::fail(base::Errc::invalid, fmt::format("\"{}\" is no key=value, such as pan=100.", each));
    const std::string_view key = std::string_view(each).substr(0, equals);
    if (!keys.insert(key).second) return base::fail(base::Errc::invalid, fmt::format("\"{}\" is there twice.", key));
    json.member(key, std::string_view(each).substr(equals + 1));
  }
  json.end_object();
  return {};
}

}  // namespace trigger
