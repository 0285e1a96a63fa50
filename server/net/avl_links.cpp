#include "server/net/avl_links.hpp"

#include <utility>

#include "server/net/avl_connection.hpp"

namespace net {

void AvlLink::end(std::string reason) const {
  mailbox->post([weak = connection, reason = std::move(reason)] {
    if (const auto there = weak.lock()) there->stop(reason, false);
  });
}

std::optional<AvlLink> AvlLinks::enter(AvlLink link) {
  const std::lock_guard lock(mutex_);
  const base::Imei imei = link.row.imei;
  const auto [place, is_new] = links_.try_emplace(imei, std::move(link));
  if (is_new) return std::nullopt;
  return std::exchange(place->second, std::move(link));  // NOLINT(bugprone-use-after-move): not moved from then
}

bool AvlLinks::leave(const base::Imei& imei, const std::string& session) {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(imei);
  if (found == links_.end() || found->second.row.session != session) return false;
  links_.erase(found);
  return true;
}

std::optional<AvlLink> AvlLinks::find(const base::Imei& imei) const {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(imei);
  if (found == links_.end()) return std::nullopt;
  return found->second;
}

bool AvlLinks::live(const base::Imei& imei, const std::string& session) const {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(imei);
  return found != links_.end() && found->second.row.session == session;
}

void AvlLinks::set_note(const base::Imei& imei, const std::string& session, LinkNote note) {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(imei);
  if (found != links_.end() && found->second.row.session == session) found->second.note = note;
}

std::vector<AvlLink> AvlLinks::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<AvlLink> all;
  all.reserve(links_.size());
  for (const auto& [imei, link] : links_) all.push_back(link);
  return all;
}

std::size_t AvlLinks::size() const {
  const std::lock_guard lock(mutex_);
  return links_.size();
}

}  // namespace net
