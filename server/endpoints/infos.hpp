// What the configured endpoints are to rules, known before anything is opened.
#pragma once

#include <vector>

#include "server/endpoints/config.hpp"
#include "server/relay/hub/rule.hpp"

namespace endpoints {

hub::EndpointInfo info_of(const EdgertronicConfig& config);
hub::EndpointInfo info_of(const ShogunConfig& config);
hub::EndpointInfo info_of(const TrendnetConfig& config);
hub::EndpointInfo info_of(const DualcamConfig& config);
hub::EndpointInfo info_of(const WebhookConfig& config);
hub::EndpointInfo info_of(const MavlinkConfig& config);        // the links: what is heard on them
hub::EndpointInfo info_of(const MavlinkRemoteConfig& config);  // a camera of others
// Events by hand come from here: POST /api/v1/triggers. No endpoint of the file has this name.
constexpr const char* api_source = "api";
hub::EndpointInfo api_info();
std::vector<hub::EndpointInfo> infos_of(const Config& config);  // with api_info()

}  // namespace endpoints
