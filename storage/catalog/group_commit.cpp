#include "storage/catalog/group_commit.hpp"

#include <algorithm>
#include <utility>

namespace storage {

namespace {
// Keeps the time of one transaction, and so the wait of whoever comes next, in the range of the sync it ends with.
constexpr std::size_t max_batch = 256;
}  // namespace

base::Result<> GroupCommit::run(const Operation& operation, std::uint64_t order) {
  Ticket ticket{.item = {.operation = &operation, .order = order}};
  std::unique_lock lock(lock_);
  waiting_.push_back(&ticket);
  if (led_) ticket.changed.wait(lock, [&] { return ticket.done || ticket.leads; });
  if (!ticket.done) lead(lock);
  return std::move(ticket.item.outcome);
}

std::uint64_t GroupCommit::commits() const {
  const std::scoped_lock lock(lock_);
  return commits_;
}

std::size_t GroupCommit::waiting() const {
  const std::scoped_lock lock(lock_);
  return waiting_.size();
}

// Our own ticket is in the first batch: a leader is either the first to come, or the head of what waits.
void GroupCommit::lead(std::unique_lock<std::mutex>& lock) {
  led_ = true;
  const auto tickets = take_waiting();
  lock.unlock();
  Batch batch(tickets.size());
  std::ranges::transform(tickets, batch.begin(), [](Ticket* ticket) { return &ticket->item; });
  const auto committed = run_batch(std::move(batch));
  lock.lock();
  if (committed) ++commits_;
  for (Ticket* ticket : tickets) {
    if (!committed) ticket->item.outcome = std::unexpected(committed.error());
    ticket->done = true;
    ticket->changed.notify_one();
  }
  led_ = !waiting_.empty();
  if (led_) {
    waiting_.front()->leads = true;
    waiting_.front()->changed.notify_one();
  }
}

std::vector<GroupCommit::Ticket*> GroupCommit::take_waiting() {
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), max_batch));
  std::vector<Ticket*> taken(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return taken;
}

}  // namespace storage
