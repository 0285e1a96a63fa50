#include "server/net/avl_link_notes.hpp"

#include <fmt/format.h>

#include <future>
#include <unordered_map>
#include <utility>

#include "server/base/log.hpp"

namespace net {

namespace {
// They share commits: so many links a commit when a fleet comes back at once.
constexpr std::size_t lane_count = 8;
// A note that finds no room is made up for by the next comparison.
constexpr std::size_t max_queued = 10'000;
}  // namespace

AvlLinkNotes::AvlLinkNotes(storage::TrackingCatalog& catalog, AvlLinks& links, AvlMetrics& metrics, std::string node,
                           Linked linked)
    : catalog_(catalog),
      links_(links),
      metrics_(metrics),
      node_(std::move(node)),
      linked_(std::move(linked)),
      comparison_("link comparison", 1) {
  for (std::size_t i = 0; i < lane_count; ++i)
    lanes_.push_back(std::make_unique<base::WorkerPool>("link notes", 1, max_queued));
}

base::WorkerPool& AvlLinkNotes::lane_of(const base::Imei& imei) {
  return *lanes_[imei.number() / 10 % lanes_.size()];  // without the check digit
}

void AvlLinkNotes::opened(const storage::TrackerLink& link) {
  links_.set_note(link.imei, link.session, LinkNote::waiting);
  if (!lane_of(link.imei).post([this, link] { note(link); }))
    links_.set_note(link.imei, link.session, LinkNote::failed);
}

void AvlLinkNotes::closed(const base::Imei& imei, const std::string& session) {
  if (leaving_) return;
  lane_of(imei).post([this, imei, session] {
    if (const auto closed = catalog_.close_link(imei, session); !closed)
      base::log::warning("the end of a tracker's link cannot be noted; it will be tried again",
                         {{"imei", imei.str()}, {"session", session}, {"reason", closed.error().message}});
  });
}

void AvlLinkNotes::note(const storage::TrackerLink& link) {
  if (!links_.live(link.imei, link.session)) return;  // ended, or replaced, while this waited
  if (const auto opened = catalog_.open_link(link); !opened) {
    links_.set_note(link.imei, link.session, LinkNote::failed);
    return base::log::warning(
        "a tracker's link cannot be noted, and nothing is sent to it; it will be tried again",
        {{"imei", link.imei.str()}, {"session", link.session}, {"reason", opened.error().message}});
  }
  links_.set_note(link.imei, link.session, LinkNote::done);
  if (linked_) linked_(link.imei);
}

void AvlLinkNotes::compare() {
  if (leaving_ || comparing_.exchange(true)) return;
  comparison_.post([this] {
    compare_now();
    comparing_ = false;
  });
}

void AvlLinkNotes::compare_now() {
  const std::vector<AvlLink> before = links_.all();
  const auto rows = catalog_.links_of(node_);
  if (!rows) return;  // whoever needs the catalog says so
  std::unordered_map<base::Imei, std::string> known;
  for (const storage::TrackerLink& row : *rows) {
    known.emplace(row.imei, row.session);
    if (!links_.live(row.imei, row.session)) closed(row.imei, row.session);
  }
  for (const AvlLink& link : before) {
    const auto found = known.find(link.row.imei);
    if (found != known.end() && found->second == link.row.session) continue;
    if (links_.live(link.row.imei, link.row.session)) missing(link);
  }
}

// A link here that the catalog has not, or has no more.
void AvlLinkNotes::missing(const AvlLink& link) {
  if (link.note == LinkNote::waiting) return;
  if (link.note == LinkNote::done) {
    const auto other = catalog_.find_link(link.row.imei);
    if (!other) return;
    if (*other && (*other)->node != node_) {
      metrics_.takeovers.Increment();
      return link.end(fmt::format("the tracker has a newer link, with node {}", (*other)->node));
    }
  }
  opened(link.row);
}

void AvlLinkNotes::leave(std::chrono::milliseconds limit) {
  leaving_ = true;
  for (const auto& lane : lanes_) lane->stop(limit);
  const auto done = std::make_shared<std::promise<void>>();
  auto left = done->get_future();
  comparison_.post([this, done] {
    if (const auto closed = catalog_.close_links_of(node_); !closed)
      base::log::warning("the end of this node's links cannot be noted", {{"reason", closed.error().message}});
    done->set_value();
  });
  left.wait_for(limit);
}

void AvlLinkNotes::stop(std::chrono::milliseconds limit) {
  leaving_ = true;
  comparison_.stop(limit);
  for (const auto& lane : lanes_) lane->stop(limit);
}

}  // namespace net
