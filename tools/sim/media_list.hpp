// The API's listing of one device's media, page by page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "tools/http/client.hpp"

namespace sim {

struct MediaItem {
  std::string id;
  std::string sha256;  // lower-case hex
  std::uint64_t size = 0;
};

base::Result<std::vector<MediaItem>> list_media(http::Client& client, std::uint64_t imei);

}  // namespace sim
