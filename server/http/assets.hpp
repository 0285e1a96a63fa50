// Files that are part of the program: the pages and the description of the API. Made at build time from web/ and
// openapi.json by embed.cmake.
#pragma once

#include <span>
#include <string_view>

namespace http {

struct Asset {
  std::string_view path;  // "/app.js"
  std::string_view content_type;
  std::string_view etag;  // strong, with its quotes
  std::string_view body;
};

std::span<const Asset> assets() noexcept;
const Asset* find_asset(std::string_view path) noexcept;  // nullptr when there is none

}  // namespace http
