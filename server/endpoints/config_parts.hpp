// What several kinds of endpoints have in their tables alike.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "server/endpoints/table.hpp"

namespace endpoints {

// Names of endpoints stand in rules, addresses and figures, and are given once.
class Names {
 public:
  std::string take(Table& table);  // the key "name"; a fault where it is missing, taken or not one

 private:
  std::set<std::string, std::less<>> taken_;
};

std::optional<std::string> contents_of(const std::string& file);  // of a file of some lines; nothing: unreadable
// The first line of the file that the key names; empty: there is no such key, or a fault.
std::string secret_of(Table& table, std::string_view key);
// An address of the web without a name or a slash at its end. Empty where it is missing, which is a fault if
// `required`.
std::string url_of(Table& table, std::string_view key = "url", bool required = true);

}  // namespace endpoints
