// A link whose chunks are recorded: as datagrams between it and its neighbours, whatever carries them.
#pragma once

#include <memory>

#include "server/net/mavlink/link.hpp"

namespace net::mavlink {

// `channel` is not null.
std::unique_ptr<Link> record_link(std::unique_ptr<Link> link, std::shared_ptr<recorder::Channel> channel);

}  // namespace net::mavlink
