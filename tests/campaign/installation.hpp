// What a customer runs: several nodes behind a haproxy on one PostgreSQL and one Ceph, all of it real and on the
// loopback. Nodes come and go at a test's will, on the same ports and data directories. From the main thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/catalog/keeping_catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/support/haproxy.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/s3/ceph_store.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

class Installation {
 public:
  // With a schema and a prefix of its own; every node is ready. `seed`: where ports are looked for. Throws
  // std::runtime_error where something does not start.
  Installation(unsigned nodes, std::uint64_t seed);
  ~Installation();

  std::uint16_t camera_port() const noexcept { return balancer_->port(); }
  std::string http_url() const;  // of the first node

  std::vector<unsigned> up() const;
  std::vector<unsigned> down() const;
  void kill_node(unsigned node);   // kill -9
  void start_node(unsigned node);  // does not wait until it is ready
  void start_all();                // those that are down, and waits until every node is ready
  void stop_all();                 // by SIGTERM; throws when one does not end well

  PostgresCluster& catalog() noexcept { return catalog_; }
  CephStore& store() noexcept { return store_; }
  // The rows that the last of these statements finds in the nodes' schema.
  std::vector<PostgresCluster::Row> rows(const std::string& sql) const;
  std::vector<storage::ObjectInfo> objects(std::string_view prefix) const;
  // The scrub that the nodes do once a day, now, and of everything: nothing may be under way.
  storage::ScrubRun scrub() const;

 private:
  struct Node {
    Haproxy::Node ports;
    std::unique_ptr<ServerProcess> process;  // null: down
    bool seen_ready = false;
  };
  ServerStart settings(unsigned node) const;
  std::unique_ptr<storage::ObjectStore> open_bucket() const;
  void wait_ready(unsigned node);

  PostgresCluster& catalog_ = PostgresCluster::shared();
  CephStore& store_ = ceph_store();
  TempFolder folder_;
  std::string schema_;
  std::string catalog_url_;
  std::string objects_url_;
  std::vector<Node> nodes_;
  std::optional<Haproxy> balancer_;
};

}  // namespace tests
