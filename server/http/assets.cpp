#include "server/http/assets.hpp"

#include <algorithm>

namespace http {

const Asset* find_asset(std::string_view path) noexcept {
  const auto found = std::ranges::find(assets(), path, &Asset::path);
  return found == assets().end() ? nullptr : &*found;
}

}  // namespace http
