// What the hub says, as rows of the catalog.
#pragma once

#include <string>

#include "server/relay/hub/hub.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace endpoints {

storage::Trigger row_of(hub::Note&& note, const std::string& node);
storage::RelayTake row_of(const hub::Take& take, const std::string& node);
storage::PendingCommand row_of(const hub::Command& command, const std::string& node);
std::string fields_json(const hub::Fields& fields);  // an object; of members of one name, the first

}  // namespace endpoints
