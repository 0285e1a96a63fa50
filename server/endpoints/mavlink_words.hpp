// Between the hub's words and MAVLink's: commands become orders to cameras, signs of shots become events.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/relay/hub/event.hpp"
#include "server/relay/hub/hub.hpp"
#include "server/relay/mavlink/shots/shot.hpp"
#include "server/relay/mavlink/station/actions.hpp"
#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/station/orders.hpp"

namespace endpoints {

base::Result<mavlink::station::Order> order_of(const hub::Command& command);

// What came of it, in the hub's words.
hub::Hub::Result result_of(const mavlink::station::EndedCommand& ended);
// Of a shot, by the image the camera told of.
hub::Hub::Result result_of(const mavlink::station::Image& image, base::SteadyTime::duration took);

// The event of a sign: `sign` itself, or that there was a shot, which is told once of each. Without id and source.
hub::Event event_of(const mavlink::shots::Shot& sign, bool as_shot);
// Which camera the sign is of, where it can be told.
std::optional<mavlink::station::Key> key_of(const mavlink::shots::Shot& sign);

}  // namespace endpoints
