#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "server/http/context.hpp"
#include "server/http/json.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"
#include "server/http/text.hpp"

namespace http {
namespace {

using storage::Transfer;

constexpr std::string_view states[] = {"requesting", "receiving", "finishing", "stored", "failed", "interrupted"};

// Newest first, as the catalog orders them.
using Key = std::pair<base::UtcTime, base::Uuid>;
Key key_of(const Transfer& transfer) {
  return {transfer.started_at, transfer.id};
}

// Where a page begins. The list is the transfers of the live list and behind them the ended ones of the catalog:
// "live.MILLISECONDS.ID" is behind that live one, "ended." and "ended.CURSOR" are in the catalog.
struct Position {
  std::optional<Key> behind;
  bool ended = false;
  std::string catalog_cursor;
};

constexpr std::string_view live_mark = "live.";
constexpr std::string_view ended_mark = "ended.";

std::string live_cursor(const Transfer& transfer) {
  return fmt::format("{}{}.{}", live_mark, transfer.started_at.time_since_epoch().count(), transfer.id.str());
}

std::optional<Position> parse_cursor(std::string_view text) {
  if (text.empty()) return Position{};
  if (text.starts_with(ended_mark)) return Position{std::nullopt, true, std::string(text.substr(ended_mark.size()))};
  if (!text.starts_with(live_mark)) return std::nullopt;
  text.remove_prefix(live_mark.size());
  const auto dot = std::min(text.find('.'), text.size());
  const auto started = parse_decimal<std::int64_t>(text.substr(0, dot));
  const auto id = base::Uuid::parse(text.substr(std::min(dot + 1, text.size())));
  if (!started || !id) return std::nullopt;
  return Position{Key(base::UtcTime(std::chrono::milliseconds(*started)), *id), false, {}};
}

// The live ones that the query asks for, from the position on, in order.
std::vector<Transfer> live_transfers(const Context& context, const storage::TransferQuery& query,
                                     const Position& position) {
  if (position.ended || !context.sources.live_transfers) return {};
  auto live = context.sources.live_transfers();
  std::erase_if(live, [&](const Transfer& transfer) {
    return (query.imei && transfer.imei != *query.imei) || (query.state && transfer.state != *query.state) ||
           (position.behind && key_of(transfer) >= *position.behind);
  });
  std::ranges::sort(live, std::greater{}, key_of);
  return live;
}

// Fills the page up from the catalog; returns the next cursor. A transfer that was recorded while we looked is in both
// lists: it is shown once, as the catalog has it, which is its end. None can be in neither, since the live list is
// looked at first and gives a transfer up only when the catalog has it.
base::Result<std::string> append_ended(const Context& context, const storage::TransferQuery& query,
                                       std::vector<Transfer>& items) {
  std::map<base::Uuid, std::size_t> shown;
  for (std::size_t i = 0; i < items.size(); ++i) shown.emplace(items[i].id, i);
  auto page = context.sources.catalog.list_transfers(query);
  if (!page) return std::unexpected(page.error());
  for (auto& transfer : page->items) {
    const auto live = shown.find(transfer.id);
    if (live == shown.end())
      items.push_back(std::move(transfer));
    else
      items[live->second] = std::move(transfer);
  }
  return page->next_cursor.empty() ? std::string() : std::string(ended_mark) + page->next_cursor;
}

Response page_response(const std::vector<Transfer>& items, std::string_view next_cursor) {
  return Response(200, "application/json", transfer_page_json(items, next_cursor)).with("Cache-Control", "no-store");
}

}  // namespace

Response list_transfers(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  storage::TransferQuery query;
  query.imei = given.imei("imei");
  query.state = given.text("state");
  const auto limit = given.limit();
  const auto position = parse_cursor(given.text("cursor").value_or(""));
  constexpr std::string_view bad_cursor =
      "The parameter cursor is not a next_cursor of this list; begin again without it.";
  if (!position) given.reject("cursor", bad_cursor);
  if (query.state && std::ranges::find(states, *query.state) == std::end(states)) {
    given.reject("state", fmt::format("The parameter state can be {}.", fmt::join(states, ", ")));
  }
  if (auto bad = given.problem()) return std::move(*bad);

  auto items = live_transfers(context, query, *position);
  if (items.size() > limit) {
    items.erase(items.begin() + limit, items.end());
    return page_response(items, live_cursor(items.back()));
  }
  if (items.size() == limit) return page_response(items, ended_mark);
  query.limit = limit - static_cast<std::uint32_t>(items.size());
  query.cursor = position->catalog_cursor;
  const auto next = append_ended(context, query, items);
  if (!next && next.error().code == base::Errc::invalid && !query.cursor.empty()) {
    return problem(400, bad_cursor, "cursor");
  }
  if (!next) return backend_problem(next.error(), "listing transfers");
  return page_response(items, *next);
}

}  // namespace http
