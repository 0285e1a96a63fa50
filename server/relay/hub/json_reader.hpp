// Members of one JSON object, each taken once: what is left at the end is not known. Faults are gathered.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/relay/hub/faults.hpp"
#include "server/relay/hub/json_tree.hpp"

namespace hub {

// A text, a whole number, a number or a flag as text, as values of rules may be written; nothing of all else.
std::optional<std::string> scalar_text(const Json& json);

class JsonReader {
 public:
  // All outlive it. `where` begins each fault.
  JsonReader(const Json::Members& members, std::string where, Faults& faults)
      : members_(members), where_(std::move(where)), faults_(faults), taken_(members.size(), false) {}

  const Json* take(std::string_view name);  // null: there is none
  // Absent: `value` stays as it is.
  void text(std::string_view name, std::string& value, std::size_t longest);
  void flag(std::string_view name, bool& value);
  void number(std::string_view name, std::uint32_t& value, std::uint32_t lowest, std::uint32_t highest);
  bool duration(std::string_view name, std::chrono::milliseconds& value, std::chrono::milliseconds lowest,
                std::chrono::milliseconds highest);                     // whether there was one
  void texts(std::string_view name, std::vector<std::string>& values);  // one text, or an array of them

  // Those not taken; none is counted as taken by this.
  std::vector<const Json::Member*> left() const;
  void fault(const std::string& what) { faults_.add(where_, what); }
  const std::string& where() const noexcept { return where_; }

 private:
  const Json::Members& members_;
  std::string where_;
  Faults& faults_;
  std::vector<bool> taken_;
};

}  // namespace hub
