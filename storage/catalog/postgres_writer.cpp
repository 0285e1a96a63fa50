#include "storage/catalog/postgres_writer.hpp"

#include <algorithm>
#include <thread>

namespace storage::postgres {

namespace {
// Others need a moment to finish what stood in the way.
constexpr std::chrono::milliseconds repeat_delay{20};
}  // namespace

base::Result<> Writer::run_batch(Batch batch) noexcept {
  // Every node takes the locks on its devices' rows in the same order, so that two never wait for each other.
  std::ranges::sort(batch, {}, &Item::order);
  const auto deadline = base::steady_now() + connector_.location().patience.write;
  for (;;) {
    auto outcome = run_once(batch, deadline);
    if (outcome || !connection_ || base::steady_now() >= deadline) return outcome;
    if (connection_->aftermath() == Aftermath::usable) return outcome;
    if (connection_->aftermath() == Aftermath::repeat) std::this_thread::sleep_for(jittered(repeat_delay));
  }
}

base::Result<> Writer::run_once(const Batch& batch, base::SteadyTime deadline) {
  if (connection_ && connection_->is_lost()) connection_.reset();
  if (!connection_) {
    auto connected = connector_.connect(Connection::Purpose::write, deadline);
    if (!connected) return std::unexpected(connected.error());
    connection_ = std::move(*connected);
  }
  return run_transaction(batch);
}

base::Result<> Writer::run_transaction(const Batch& batch) {
  if (auto begun = connection_->begin(); !begun) return begun;
  if (auto ran = run_operations(batch); !ran) {
    connection_->rollback();
    return ran;
  }
  if (auto committed = connection_->commit(); !committed) {
    connection_->rollback();
    return committed;
  }
  return {};
}

// Without savepoints first, which cost two trips each: one that fails is rare. An error here is everybody's.
base::Result<> Writer::run_operations(const Batch& batch) {
  const auto failed = std::ranges::find_if(batch, [&](Item* item) {
    item->outcome = (*item->operation)(*connection_);
    return !item->outcome;
  });
  if (failed == batch.end()) return {};
  if (connection_->aftermath() != Aftermath::usable) return (*failed)->outcome;
  connection_->rollback();
  if (auto begun = connection_->begin(); !begun) return begun;
  return run_with_savepoints(batch);
}

base::Result<> Writer::run_with_savepoints(const Batch& batch) {
  for (Item* item : batch) {
    if (auto saved = connection_->execute("SAVEPOINT operation"); !saved) return saved;
    item->outcome = (*item->operation)(*connection_);
    if (!item->outcome) {
      if (connection_->aftermath() != Aftermath::usable) return item->outcome;
      if (auto undone = connection_->execute("ROLLBACK TO operation"); !undone) return undone;
    }
    if (auto released = connection_->execute("RELEASE operation"); !released) return released;
  }
  return {};
}

}  // namespace storage::postgres
