#include "storage/journal/backlog.hpp"

#include <algorithm>
#include <utility>

namespace storage {

namespace {
std::size_t bytes_of(const Trigger& trigger) noexcept {
  return sizeof(Trigger) + trigger.raw.size() + trigger.fields.size() + trigger.reason.size();
}

// The events that something of these was done about: they come together.
std::set<base::Uuid> causes_of(const std::vector<Trigger>& triggers) {
  std::set<base::Uuid> causes;
  for (const Trigger& each : triggers)
    if (each.cause) causes.insert(*each.cause);
  return causes;
}
}  // namespace

void Backlog::Rows::push(Row row) {
  bytes += row.bytes;
  rows.push_back(std::move(row));
}

Backlog::Row Backlog::Rows::pop() {
  Row row = std::move(rows.front());
  rows.pop_front();
  bytes -= row.bytes;
  return row;
}

std::size_t Backlog::add(RelayNotes notes) {
  ++added_;
  for (RelayTake& take : notes.takes) takes_.insert_or_assign(take.id, std::move(take));
  // In the order of the calls: what is settled may become pending again later, and the other way round.
  for (PendingCommand& command : notes.pending) {
    settled_.erase(command.id);
    pending_.insert_or_assign(command.id, std::move(command));
  }
  for (const base::Uuid& id : notes.settled) {
    pending_.erase(id);
    settled_.insert(id);  // it may have been written before
  }
  add_rows(std::move(notes.triggers));
  const std::size_t events = leave_out(loose_, bounds_);
  return events + leave_out(kept_, {2 * bounds_.rows, 2 * bounds_.bytes});
}

void Backlog::add_rows(std::vector<Trigger> triggers) {
  const auto causes = causes_of(triggers);
  for (Trigger& trigger : triggers) {
    Row row{.number = added_, .order = ++order_, .bytes = bytes_of(trigger), .trigger = std::move(trigger)};
    const bool loose = row.trigger.incoming && !causes.contains(row.trigger.id);
    (loose ? loose_ : kept_).push(std::move(row));
  }
}

// As long as there are too many of both kinds together.
std::size_t Backlog::leave_out(Rows& from, BacklogBounds bounds) {
  std::size_t count = 0;
  for (; !from.rows.empty() && (rows() > bounds.rows || bytes() > bounds.bytes); ++count) from.pop();
  return count;
}

// The older one of both fronts. There is one.
Backlog::Rows& Backlog::next() noexcept {
  if (loose_.rows.empty()) return kept_;
  if (kept_.rows.empty()) return loose_;
  return loose_.rows.front().order < kept_.rows.front().order ? loose_ : kept_;
}

Backlog::Group Backlog::take(BacklogBounds bounds) {
  Group group;
  group.takes.swap(takes_);
  group.pending.swap(pending_);
  group.settled.swap(settled_);
  for (std::size_t bytes = 0; rows() != 0 && group.triggers.size() < bounds.rows && bytes < bounds.bytes;) {
    Row row = next().pop();
    bytes += row.bytes;
    group.triggers.push_back(std::move(row.trigger));
  }
  group.through = rows() == 0 ? added_ : next().rows.front().number - 1;
  return group;
}

bool Backlog::empty() const noexcept {
  return rows() == 0 && takes_.empty() && pending_.empty() && settled_.empty();
}

}  // namespace storage
