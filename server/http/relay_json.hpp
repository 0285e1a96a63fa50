// What the relay and its log are, as JSON.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/http/relay.hpp"
#include "server/http/relay_ready.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace http {

std::string trigger_json(const storage::Trigger& trigger);
std::string trigger_page_json(std::span<const storage::Trigger> items, std::string_view next_cursor);
std::string take_json(const storage::RelayTake& take);
// With what belongs to it. `complete`: those are all.
std::string take_details_json(const storage::RelayTake& take, std::span<const storage::Trigger> triggers,
                              bool complete);
std::string take_page_json(std::span<const storage::RelayTake> items, std::string_view next_cursor);

// `now`: ages are told, too, since clocks of browsers differ.
std::string camera_json(const RelayCamera& camera, base::UtcTime now);
// With whether all of them are ready.
std::string camera_list_json(std::span<const RelayCamera> cameras, std::span<const Unready> unready, base::UtcTime now);
std::string rules_json(const RelayRuleSet& rules);
std::string rehearsal_json(const RelayRehearsal& rehearsal);
std::string arm_json(const hub::ArmState& arm);
std::string arms_json(std::span<const hub::ArmState> arms);
std::string id_json(const base::Uuid& id);

std::string_view to_text(hub::ArmScope scope) noexcept;

}  // namespace http
