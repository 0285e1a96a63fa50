// Has every request come to a true end? Asked of the API.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tests::captures {

struct Audit {
  nlohmann::json requests = nlohmann::json::array();  // all of them
  std::map<std::string, std::uint64_t> states;        // how many ended so
  std::uint64_t parts = 0;
  std::uint64_t files = 0;  // of requests
  // Stored, and no request's: a camera that was asked twice brings its file twice.
  std::uint64_t unclaimed = 0;
  std::vector<std::string> problems;
};

// How many requests are not in a final state; throws std::runtime_error where the server does not say.
std::size_t open_requests(std::uint16_t http_port);
// When none is.
Audit audit(std::uint16_t http_port);

}  // namespace tests::captures
