// What the relay says to a request, as an answer.
#pragma once

#include <string_view>

#include "server/base/ids.hpp"
#include "server/base/result.hpp"
#include "server/http/message.hpp"

namespace http {

// Errors of http::Relay are for whoever asked; what is none of those goes the way of backend_problem().
Response relay_problem(const base::Error& error, std::string_view doing);

// 202: what becomes of it will be in that row of the log.
Response accepted_row(const base::Uuid& id);

}  // namespace http
