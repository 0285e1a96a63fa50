// This node among those that share a catalog: keeps itself known as alive, claims arriving files across nodes, and
// hears when another node has a newer connection for one. Thread-safe; one thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "storage/catalog/node_catalog.hpp"

namespace storage {

struct NodeOptions {
  std::string name;                      // unique among the nodes
  std::chrono::milliseconds beat{2000};  // between two signs of life
  // Without a sign of life for so long a node counts as dead, and nobody waits for what it holds.
  std::chrono::milliseconds lease{8000};
  std::chrono::milliseconds look{250};  // between two looks whether files are asked for
};

class Nodes {
 public:
  // `asked_for` is called on the thread of this object for each file of this node that another one asks for, again and
  // again until it is released. `catalog` outlives it.
  Nodes(NodeCatalog& catalog, NodeOptions options, std::function<void(const std::string& file)> asked_for);
  ~Nodes();  // leaves
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;

  const std::string& name() const noexcept { return options_.name; }

  // Blocking, see NodeCatalog. Others that hold the file are asked to let go; true when there are none.
  base::Result<bool> claim(const std::string& file);
  base::Result<bool> is_free(const std::string& file);  // of a claimed one: the others have let go, or are dead
  void release(const std::string& file) noexcept;

 private:
  void run(const std::stop_token& stop);
  void beat();
  void listen();

  NodeCatalog& catalog_;
  const NodeOptions options_;
  const std::function<void(const std::string&)> asked_for_;
  bool troubled_ = false;  // said already
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace storage
