#include "server/http/body.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace http {

base::Result<std::string> text_member(std::string_view body, std::string_view name) {
  const auto wrong = [&] {
    return base::fail(base::Errc::invalid, fmt::format("The body of this request is {{\"{}\": \"…\"}} in JSON.", name));
  };
  // Deep nesting would be recursion: nothing here has more than one level.
  constexpr int deepest = 2;
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= deepest; };
  const auto document = nlohmann::json::parse(body, shallow, false);
  if (!document.is_object()) return wrong();
  const auto found = document.find(name);
  if (found == document.end() || !found->is_string()) return wrong();
  return found->get<std::string>();
}

}  // namespace http
