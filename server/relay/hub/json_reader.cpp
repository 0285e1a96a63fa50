#include "server/relay/hub/json_reader.hpp"

#include <fmt/format.h>

#include "server/base/bytes.hpp"
#include "server/relay/hub/duration.hpp"

namespace hub {

std::optional<std::string> scalar_text(const Json& json) {
  if (const std::string* text = json.text()) return *text;
  if (const bool* flag = json.flag()) return *flag ? "true" : "false";
  if (const std::int64_t* number = json.number()) return std::to_string(*number);
  if (const double* number = std::get_if<double>(&json.value)) return fmt::format("{}", *number);
  return std::nullopt;
}

const Json* JsonReader::take(std::string_view name) {
  for (std::size_t at = 0; at < members_.size(); ++at)
    if (members_[at].name == name) {
      taken_[at] = true;
      return &members_[at].value;
    }
  return nullptr;
}

void JsonReader::text(std::string_view name, std::string& value, std::size_t longest) {
  const Json* json = take(name);
  if (json == nullptr) return;
  if (json->text() == nullptr) return fault(fmt::format("{} has to be a text", name));
  if (json->text()->size() > longest) return fault(fmt::format("{} is longer than {} bytes", name, longest));
  value = *json->text();
}

void JsonReader::flag(std::string_view name, bool& value) {
  const Json* json = take(name);
  if (json == nullptr) return;
  if (json->flag() == nullptr) return fault(fmt::format("{} has to be true or false", name));
  value = *json->flag();
}

void JsonReader::number(std::string_view name, std::uint32_t& value, std::uint32_t lowest, std::uint32_t highest) {
  const Json* json = take(name);
  if (json == nullptr) return;
  if (json->number() == nullptr || *json->number() < lowest || *json->number() > highest)
    return fault(fmt::format("{} has to be a whole number from {} to {}", name, lowest, highest));
  value = static_cast<std::uint32_t>(*json->number());
}

bool JsonReader::duration(std::string_view name, std::chrono::milliseconds& value, std::chrono::milliseconds lowest,
                          std::chrono::milliseconds highest) {
  const Json* json = take(name);
  if (json == nullptr) return false;
  const auto length = json->text() != nullptr ? parse_duration(*json->text()) : std::nullopt;
  if (!length || *length < lowest || *length > highest) {
    fault(fmt::format("{} has to be a time from {} to {}, written such as \"800ms\", \"2s\" or \"1m\"", name,
                      duration_text(lowest), duration_text(highest)));
    return false;
  }
  value = *length;
  return true;
}

void JsonReader::texts(std::string_view name, std::vector<std::string>& values) {
  const Json* json = take(name);
  if (json == nullptr) return;
  const Json::Elements one{*json};
  const Json::Elements& all = json->array() != nullptr ? *json->array() : one;
  for (const Json& element : all) {
    if (element.text() == nullptr || element.text()->empty())
      return fault(fmt::format("{} has to be a text or an array of texts, none of them empty", name));
    values.push_back(*element.text());
  }
}

std::vector<const Json::Member*> JsonReader::left() const {
  std::vector<const Json::Member*> rest;
  for (std::size_t at = 0; at < members_.size(); ++at)
    if (!taken_[at]) rest.push_back(&members_[at]);
  return rest;
}

}  // namespace hub
