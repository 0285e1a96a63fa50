// Makes the relay's log durable on a thread of its own: what comes while one transaction runs goes into the next one,
// so that who fires cameras never waits for a disk. While the catalog is away it is tried again and again, and what
// comes waits within bounds (backlog.hpp says what is left out beyond them); a row of the log then says how many rows
// are missing. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <prometheus/registry.h>

#include "server/base/threads.hpp"
#include "storage/catalog/relay_catalog.hpp"
#include "storage/journal/backlog.hpp"

namespace storage {

struct JournalOptions {
  std::string node;
  BacklogBounds backlog;
  // After a failure; doubled after each further one, up to the other.
  std::chrono::milliseconds retry{100};
  std::chrono::milliseconds longest_retry{std::chrono::seconds{5}};
  // At its end, for what is not written yet: a catalog that works needs far less.
  std::chrono::milliseconds closing_patience{std::chrono::seconds{10}};
};

class RelayJournal {
 public:
  // `catalog` outlives it.
  RelayJournal(RelayCatalog& catalog, prometheus::Registry& registry, JournalOptions options);
  // What was added is written if the catalog takes it in time, and lost otherwise.
  ~RelayJournal();
  RelayJournal(const RelayJournal&) = delete;
  RelayJournal& operator=(const RelayJournal&) = delete;

  // Never waits for the catalog.
  void add(RelayNotes notes);

  // Waits until all that was added before is durable (or was left out), `limit` at most; false: it is not. A catalog
  // that was away is tried again at once.
  bool flush(std::chrono::milliseconds limit);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which may be left behind
  base::ThreadGroup thread_;
};

}  // namespace storage
