#include "server/http/server.hpp"

#include <utility>

#include "server/base/log.hpp"
#include "server/http/api.hpp"
#include "server/http/transport.hpp"

namespace http {

struct Server::Parts {
  std::shared_ptr<Context> context;
  std::shared_ptr<base::WorkerPool> pool;
  std::shared_ptr<Readiness> readiness;
  std::unique_ptr<Transport> transport;
  std::uint16_t port = 0;
  std::string endpoint;
  bool stopped = false;
};

base::Result<std::unique_ptr<Server>> Server::start(const Options& options, Sources sources) {
  auto parts = std::make_unique<Parts>();
  parts->pool = std::make_shared<base::WorkerPool>("http-work", options.workers, options.max_queued);
  parts->readiness = std::make_shared<Readiness>(sources.probes, options.probe_timeout, options.probe_cache);
  Metrics metrics(sources.registry);
  parts->context =
      std::make_shared<Context>(Context{options, std::move(sources), base::steady_now(), parts->pool,
                                        std::move(metrics), std::make_shared<LiveSlots>(options.max_live)});

  TransportCallbacks callbacks;
  callbacks.request = [api = Api(parts->context, parts->readiness)](Request request, Reply reply) {
    api.handle(std::move(request), std::move(reply));
  };
  callbacks.answered = [context = parts->context](std::string_view route, int status, std::uint64_t bytes) {
    context->metrics.answered(route, status, bytes);
  };
  callbacks.under_way = [context = parts->context](std::size_t now) { context->metrics.under_way(now); };
  callbacks.live = [context = parts->context](std::size_t now) { context->metrics.live(now); };
  auto transport = start_transport(options, std::move(callbacks));
  if (!transport) return std::unexpected(transport.error());
  parts->port = (*transport)->port();
  parts->endpoint = (*transport)->endpoint();
  parts->transport = std::move(*transport);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  stop();
}

std::uint16_t Server::port() const noexcept {
  return parts_->port;
}
std::string Server::endpoint() const {
  return parts_->endpoint;
}

void Server::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  const auto grace = parts_->context->options.stop_grace;
  if (!parts_->transport->stop(grace)) {
    base::log::error("HTTP hangs in a read from a disk; its thread is left behind");
    [[maybe_unused]] const auto* left_behind = parts_->transport.release();
  }
  if (!parts_->pool->stop(grace)) {
    base::log::error("a call to the catalog or the object store has not come back; its thread is left behind");
  }
  if (!parts_->readiness->stop(grace)) {
    base::log::error("a readiness check has not come back; its thread is left behind");
  }
}

}  // namespace http
