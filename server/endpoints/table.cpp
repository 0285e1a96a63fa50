#include "server/endpoints/table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "server/relay/hub/duration.hpp"

namespace endpoints {

using Json = nlohmann::json;

struct Table::Node {
  Json value;
  std::string place;  // "edgertronic \"field\""; empty for the whole document
  std::set<std::string, std::less<>> asked;
  std::shared_ptr<std::vector<std::string>> faults = std::make_shared<std::vector<std::string>>();

  const Json* find(std::string_view key) {
    asked.emplace(key);
    const auto found = value.find(key);
    return found == value.end() ? nullptr : &*found;
  }
  void enter(const Json& one, std::string_view place_in_it, const std::function<void(Table& table)>& read) const;
};

Table::Table(std::unique_ptr<Node> node) : node_(std::move(node)) {}
Table::~Table() = default;
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(Table&&) noexcept = default;

void Table::Node::enter(const Json& one, std::string_view place_in_it,
                        const std::function<void(Table& table)>& read) const {
  auto node = std::make_unique<Node>();
  node->value = one;
  node->place = fmt::format("{}{}{}", place, place.empty() ? "" : ", ", place_in_it);
  node->faults = faults;
  Table table(std::move(node));
  read(table);
  table.done();
}

base::Result<Table> Table::parse(std::string_view text) {
  auto node = std::make_unique<Node>();
  node->value = Json::parse(text, nullptr, false);
  if (!node->value.is_object())
    return base::fail(base::Errc::invalid, "The relay's configuration is no table of settings.");
  return Table(std::move(node));
}

std::optional<std::string> Table::text(std::string_view key) {
  const Json* const value = node_->find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  fault(key, "it must be a text");
  return std::nullopt;
}

std::optional<std::int64_t> Table::number(std::string_view key, std::int64_t lowest, std::int64_t highest) {
  const Json* const value = node_->find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_integer()) {
    const auto number = value->get<std::int64_t>();
    if (number >= lowest && number <= highest) return number;
  }
  fault(key, fmt::format("it must be a whole number from {} to {}", lowest, highest));
  return std::nullopt;
}

std::optional<bool> Table::flag(std::string_view key) {
  const Json* const value = node_->find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fault(key, "it must be true or false");
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Table::duration(std::string_view key) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  const auto duration = hub::parse_duration(*value);
  if (!duration) {
    fault(key, fmt::format("\"{}\" is no duration; write 500ms, 10s or 2m", *value));
    return std::nullopt;
  }
  return duration;
}

std::vector<std::string> Table::texts(std::string_view key) {
  const Json* const value = node_->find(key);
  std::vector<std::string> all;
  if (value == nullptr) return all;
  if (value->is_string()) return {value->get<std::string>()};
  if (!value->is_array()) {
    fault(key, "it must be a text or a list of texts");
    return all;
  }
  for (const Json& one : *value) {
    if (one.is_string())
      all.push_back(one.get<std::string>());
    else
      fault(key, "it must be a list of texts");
  }
  return all;
}

void Table::table(std::string_view key, const std::function<void(Table& table)>& read) {
  const Json* const value = node_->find(key);
  if (value == nullptr) return;
  if (!value->is_object()) return fault(key, "it must be one table of settings");
  node_->enter(*value, std::string(key), read);
}

void Table::tables(std::string_view key, const std::function<void(Table& table)>& each) {
  const Json* const value = node_->find(key);
  if (value == nullptr) return;
  const auto enter = [&](const Json& one, std::size_t number) {
    if (!one.is_object()) return fault(key, "it must be a table of settings, or several");
    node_->enter(one, fmt::format("{} {}", key, number), each);
  };
  if (!value->is_array()) return enter(*value, 1);
  for (std::size_t n = 0; n < value->size(); ++n) enter((*value)[n], n + 1);
}

std::string Table::json(std::string_view key) {
  const auto* const value = node_->find(key);
  return value == nullptr ? std::string() : value->dump();
}

bool Table::has(std::string_view key) const {
  return node_->value.contains(key);
}

void Table::name_is(std::string_view name) {
  const auto blank = node_->place.find_last_of(' ');
  if (blank != std::string::npos) node_->place = fmt::format("{} \"{}\"", node_->place.substr(0, blank), name);
}

void Table::fault(std::string_view key, std::string_view sentence) {
  node_->faults->push_back(fmt::format("{}{}{}: {}.", node_->place, node_->place.empty() ? "" : ", ", key, sentence));
}

void Table::done() {
  for (const auto& [key, value] : node_->value.items())
    if (!node_->asked.contains(key)) fault(key, "there is no such setting");
}

const std::vector<std::string>& Table::faults() const noexcept {
  return *node_->faults;
}

}  // namespace endpoints
