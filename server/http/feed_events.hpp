// What is told of each topic: the same JSON as the API's own.
#pragma once

#include "server/http/feed.hpp"
#include "server/http/relay.hpp"
#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace http {

// From any thread, without blocking.
void publish(Feed& feed, const storage::Trigger& trigger);
void publish(Feed& feed, const storage::RelayTake& take);
void publish(Feed& feed, const RelayCamera& camera);
void publish(Feed& feed, const hub::ArmState& arm);
void publish(Feed& feed, const storage::CaptureRequest& request);
void publish(Feed& feed, const storage::Media& media);

}  // namespace http
