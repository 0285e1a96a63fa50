// Errors as people and programs read them: application/problem+json of RFC 9457.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/http/message.hpp"

namespace http {

// `detail` is a whole sentence. `parameter` names the culprit of a 400, or is empty.
Response problem(int status, std::string_view detail, std::string_view parameter = {});

// 400 with every fault of what was sent, one a line of `faults`.
Response faulty(std::string_view detail, std::string_view faults);

// 503 with Retry-After: nothing is wrong with the request, the same one may succeed shortly.
Response busy(std::string_view detail);

// Of a failed call behind us. What the store or catalog said goes to the log, with `doing` ("listing media"); the
// answer says no paths or other inner matters, and points to /readyz.
Response backend_problem(const base::Error& error, std::string_view doing);

}  // namespace http
