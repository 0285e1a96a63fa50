// The pictures of a relay camera as the HTTP server wants them.
#pragma once

#include <memory>

#include "server/endpoints/frame_feed.hpp"
#include "server/http/live_view.hpp"

namespace app {

std::shared_ptr<http::LiveView> live_view_of(std::shared_ptr<endpoints::FrameFeed> pictures);

}  // namespace app
