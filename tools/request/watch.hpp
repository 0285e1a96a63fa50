// Looks at a request again and again until it is at its end.
#pragma once

#include "server/base/result.hpp"
#include "tools/request/api.hpp"
#include "tools/request/command.hpp"

namespace request {

// `unavailable`: the server was away for longer than options.patience, or did not bring the request to its end though
// its deadline has passed for a while. Shows how it goes, unless the options want it quiet or as JSON.
base::Result<Request> watch(Api& api, Request request, const CommandOptions& options);

}  // namespace request
