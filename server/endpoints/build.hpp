// Makes the endpoints that the configuration names.
#pragma once

#include <memory>
#include <vector>

#include "server/endpoints/config.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/host.hpp"
#include "server/endpoints/media_writer.hpp"
#include "server/endpoints/relay.hpp"

namespace endpoints {

// Errors name the endpoint. `media` (null: no pictures are stored) and `host` outlive them.
base::Result<std::vector<std::unique_ptr<Endpoint>>> build_endpoints(const Config& config, const Services& services,
                                                                     MediaWriter* media, Host& host);

}  // namespace endpoints
