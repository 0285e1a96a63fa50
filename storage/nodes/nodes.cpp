#include "storage/nodes/nodes.hpp"

#include <pthread.h>

#include "server/base/log.hpp"

namespace storage {

Nodes::Nodes(NodeCatalog& catalog, NodeOptions options, std::function<void(const std::string& file)> asked_for)
    : catalog_(catalog), options_(std::move(options)), asked_for_(std::move(asked_for)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  pthread_setname_np(thread_.native_handle(), "nodes");
}

Nodes::~Nodes() {
  thread_.request_stop();
  thread_.join();
  if (const auto left = catalog_.leave(options_.name); !left)
    base::log::warning("the other nodes will take this one for dead only when its lease ends",
                       {{"node", options_.name}, {"reason", left.error().message}});
}

void Nodes::run(const std::stop_token& stop) {
  base::SteadyTime next_beat{};
  while (!stop.stop_requested()) {
    if (base::steady_now() >= next_beat) {
      next_beat = base::steady_now() + options_.beat;
      beat();
    }
    listen();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, options_.look, [] { return false; });
  }
}

void Nodes::beat() {
  const auto beaten = catalog_.beat(options_.name, options_.lease);
  if (!beaten && !troubled_)
    base::log::error("this node cannot tell the others that it is alive",
                     {{"node", options_.name}, {"reason", beaten.error().message}});
  if (beaten && troubled_) base::log::info("this node is known as alive again", {{"node", options_.name}});
  troubled_ = !beaten;
  if (troubled_) return;
  const auto buried = catalog_.bury();
  if (!buried) return;
  for (const std::string& node : *buried)
    base::log::warning("a node gave no sign of life any more; what it held is free", {{"node", node}});
}

void Nodes::listen() {
  if (troubled_) return;
  const auto files = catalog_.asked_for(options_.name);
  if (!files) return;  // beat() says what is wrong
  for (const std::string& file : *files) asked_for_(file);
}

base::Result<bool> Nodes::claim(const std::string& file) {
  const auto others = catalog_.claim(options_.name, file);
  if (!others) return std::unexpected(others.error());
  return *others == 0;
}

base::Result<bool> Nodes::is_free(const std::string& file) {
  const auto others = catalog_.still_held(options_.name, file);
  if (!others) return std::unexpected(others.error());
  return *others == 0;
}

void Nodes::release(const std::string& file) noexcept {
  if (const auto released = catalog_.release(options_.name, file); !released)
    base::log::warning("another node may wait a moment for a file that this one has let go",
                       {{"node", options_.name}, {"reason", released.error().message}});
}

}  // namespace storage
