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
std::vector<hub::EndpointInfo> infos_of(const Config& config);

}  // namespace endpoints
