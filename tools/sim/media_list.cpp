#include "tools/sim/media_list.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sim {

namespace {
constexpr unsigned page_size = 200;
constexpr unsigned most_pages = 10'000;  // a server whose cursor runs in circles ends here

// Appends one page and returns the next page's cursor, empty after the last.
base::Result<std::string> read_page(const base::Bytes& body, std::vector<MediaItem>& items) {
  try {
    const nlohmann::json page = nlohmann::json::parse(body);
    for (const nlohmann::json& item : page.at("items"))
      items.push_back({.id = item.at("id").get<std::string>(),
                       .sha256 = item.at("sha256").get<std::string>(),
                       .size = item.at("size").get<std::uint64_t>()});
    const auto cursor = page.find("next_cursor");
    return cursor == page.end() || cursor->is_null() ? std::string{} : cursor->get<std::string>();
  } catch (const nlohmann::json::exception& error) {
    return base::fail(base::Errc::invalid,
                      fmt::format("The media listing is not what the API promises: {}.", error.what()));
  }
}
}  // namespace

base::Result<std::vector<MediaItem>> list_media(http::Client& client, std::uint64_t imei) {
  std::vector<MediaItem> items;
  std::string cursor;
  for (unsigned page = 0; page < most_pages; ++page) {
    std::string path = fmt::format("/api/v1/media?imei={}&limit={}", imei, page_size);
    if (!cursor.empty()) path += "&cursor=" + http::Client::escape(cursor);
    base::Result<base::Bytes> body = client.get(path);
    if (!body) return std::unexpected(body.error());
    base::Result<std::string> next = read_page(*body, items);
    if (!next) return std::unexpected(next.error());
    if (next->empty()) return items;
    cursor = *std::move(next);
  }
  return base::fail(base::Errc::invalid, fmt::format("The media listing of {} never ends.", imei));
}

}  // namespace sim
