// What is done at intervals beside the serving: each chore on a thread of its own, so that a long one holds up no
// other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "server/base/result.hpp"
#include "storage/catalog/keeping_catalog.hpp"

namespace prometheus {
class Registry;
}

namespace app {

struct Chore {
  std::string name;  // at most 15 characters: the thread has it, too
  std::chrono::milliseconds interval{};
  // Ends soon after `stop` is requested. An error is logged, and the chore comes again at its next turn.
  std::function<base::Result<>(const std::stop_token& stop)> run;
  // About things of this machine. Otherwise one of the nodes that share the catalog does it each time; when that node
  // dies another one has the next turn.
  bool every_node = false;
};

class Chores {
 public:
  // `catalog` and `registry` outlive it. `node` is this one's name.
  Chores(storage::KeepingCatalog& catalog, std::string node, prometheus::Registry& registry);
  // Asks every chore to stop, and waits for them.
  ~Chores();
  Chores(const Chores&) = delete;
  Chores& operator=(const Chores&) = delete;

  // Its first turn is now, or, where nodes take turns, an interval after the last one's, whoever had that.
  void add(Chore chore);
  // Without waiting; the end of it is the destructor's.
  void request_stop() noexcept;

 private:
  struct Figures;
  void keep_doing(const Chore& chore, const std::stop_token& stop);
  bool is_our_turn(const Chore& chore);
  void do_once(const Chore& chore, const std::stop_token& stop);

  storage::KeepingCatalog& catalog_;
  const std::string node_;
  const std::unique_ptr<Figures> figures_;
  std::vector<std::jthread> threads_;
};

}  // namespace app
