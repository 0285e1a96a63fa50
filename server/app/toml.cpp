// The configuration file; the only file here that sees the TOML library.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <sstream>

#include "server/app/settings.hpp"

namespace app {

namespace {
std::optional<std::string> scalar(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  return std::nullopt;
}

std::optional<std::vector<std::string>> values_of(const toml::node& node) {
  if (const auto one = scalar(node)) return std::vector{*one};
  const toml::array* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> values;
  for (const toml::node& element : *array) {
    const auto one = scalar(element);
    if (!one) return std::nullopt;
    values.push_back(*one);
  }
  return values;
}

base::Result<toml::table> table_of(const std::string& path) {
  try {
    // Said apart: the library would call it a mistake in line 0.
    std::ifstream readable(path);
    readable.peek();  // opens, and still cannot be read: a directory
    if (!readable.is_open() || readable.bad())
      return base::fail(base::Errc::not_found, fmt::format("Cannot read the configuration file {}.", path));
    return toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return base::fail(base::Errc::invalid, fmt::format("Cannot read the configuration file {}, line {}: {}.", path,
                                                       error.source().begin.line, error.description()));
  }
}
}  // namespace

base::Result<Values> read_toml(const std::string& path) {
  const auto table = table_of(path);
  if (!table) return std::unexpected(table.error());
  Values values;
  for (const auto& [key, node] : *table) {
    auto taken = values_of(node);
    if (!taken)
      return base::fail(base::Errc::invalid, fmt::format("{}, line {}: {} must be a text, a number or a list of these.",
                                                         path, node.source().begin.line, key.str()));
    values[std::string(key.str())] = std::move(*taken);
  }
  return values;
}

base::Result<std::string> read_toml_as_json(const std::string& path) {
  const auto table = table_of(path);
  if (!table) return std::unexpected(table.error());
  std::ostringstream json;
  json << toml::json_formatter{*table};
  return std::move(json).str();
}

}  // namespace app
