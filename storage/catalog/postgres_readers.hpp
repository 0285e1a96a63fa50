// A bounded pool of connections for reading, beside the writer's. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "storage/catalog/postgres_connector.hpp"

namespace storage::postgres {

class Readers {
 public:
  // Enough for the pages and queries of a few people at once, and few for a server that many nodes share.
  static constexpr std::size_t max_connections = 4;

  explicit Readers(Connector& connector) : connector_(connector) {}

  // What `read` says, which may be asked again on another connection when the first one turns out to be lost.
  template <class Read>
  auto with(const Read& read) -> decltype(read(std::declval<sql::Connection&>())) {
    const auto deadline = base::steady_now() + connector_.location().patience.read;
    for (;;) {
      auto connection = borrow(deadline);
      if (!connection) return std::unexpected(connection.error());
      auto answer = read(**connection);
      const bool again = !answer && (*connection)->aftermath() != Aftermath::usable && base::steady_now() < deadline;
      give_back(std::move(*connection));
      if (!again) return answer;
    }
  }

 private:
  base::Result<std::unique_ptr<Connection>> borrow(base::SteadyTime deadline);
  void give_back(std::unique_ptr<Connection> connection);

  Connector& connector_;
  std::mutex lock_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace storage::postgres
