// Was a command sent again without need? Asked of what the trackers saw.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tests::captures {

struct Commands {
  std::uint64_t received = 0;
  std::uint64_t repeats = 0;  // more often than there are parts that ask for it
  // Why they were in order, and how many of them.
  std::map<std::string, std::uint64_t> reasons;
  std::vector<std::string> problems;
};

// `requests`: every one of the API's list. `devices`: avl.devices of the simulator's report. `kills`: of the server,
// unix time in milliseconds. A command has to be sent again where the tracker did not answer it, not in time, or where
// the answer may have been lost with its link or with the server; and where the file did not come. Nothing on the wire
// names a request, and photos' commands are alike: so for each device and text, commands beyond the number of parts
// with that text are set against the commands that had such a reason.
Commands look_at_commands(const nlohmann::json& requests, const nlohmann::json& devices,
                          const std::vector<std::int64_t>& kills);

}  // namespace tests::captures
