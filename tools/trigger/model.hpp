// What the API's JSON says, for people: whole lines and tables. All are `invalid` when it is not what the API promises.
// What came over a wire may stand in it: control characters, which a terminal would obey, are shown as "?".
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace trigger {

base::Result<std::string> id_in(std::string_view accepted);
base::Result<std::string> protocol_in(std::string_view camera);

struct Row {
  std::string outcome;
  std::string line;  // "20:54:01.123  done  gate  goto pan=100 → confirmed  …", without an end
};
base::Result<Row> read_row(std::string_view row);

// Tables and texts that end with a line end.
base::Result<std::string> log_in_words(std::string_view page);
base::Result<std::string> cameras_in_words(std::string_view list);
base::Result<bool> all_ready(std::string_view list);  // of the same
base::Result<std::string> arm_in_words(std::string_view arm);
base::Result<std::string> rehearsal_in_words(std::string_view rehearsal);
base::Result<std::string> rules_in_words(std::string_view rules);

// An event of the feed, one line with its end, whatever it is. Topics that are not known have their JSON shown.
std::string event_in_words(std::string_view topic, std::string_view data);
// {"id":…,"topic":…,"data":…}; data that is no JSON becomes a string.
std::string event_in_json(std::string_view id, std::string_view topic, std::string_view data);

}  // namespace trigger
