// A stored object as the answer to GET and HEAD, original or derived: preconditions, one range, and its bytes, from the
// file where the store keeps one (sendfile), else piece by piece through a reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/media.hpp"
#include "server/http/context.hpp"
#include "storage/catalog/catalog.hpp"

namespace http {

struct SentObject {
  std::string key;
  std::uint64_t size = 0;
  std::string sha256;               // its ETag
  std::string content_type;         // clean: it becomes a header
  std::string content_disposition;  // clean, too
  std::string_view cache_control;
  std::string_view policy;  // Content-Security-Policy, should a browser open it by itself
};

Response object_response(const Context& context, const Request& request, const SentObject& object);

// A name to save it under, from what we know and never from the device's name for it:
// 356307042441013-front-photo-20261121T101500Z-01890a5d.jpg. `ending` is clean.
std::string file_name(const storage::Media& media, std::string_view ending);

}  // namespace http
