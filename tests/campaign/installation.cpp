#include "tests/campaign/installation.hpp"

#include <signal.h>

#include <stdexcept>

#include <fmt/format.h>

#include "storage/catalog/catalog.hpp"
#include "storage/keeping/scrub.hpp"
#include "storage/objects/s3_object_store.hpp"
#include "tests/support/ports.hpp"

namespace tests {

namespace {
constexpr std::chrono::milliseconds start_limit{60'000};  // behind a database that recovers, on a loaded machine
constexpr std::chrono::milliseconds stop_limit{60'000};
constexpr const char* bucket = "campaign";

std::string fresh_objects_url(CephStore& store) {
  static int number = 0;
  if (number == 0) store.make_bucket(bucket);
  return store.url(bucket, fmt::format("run-{}", ++number));
}

template <class Predicate>
std::vector<unsigned> numbers_where(std::size_t count, Predicate&& holds) {
  std::vector<unsigned> numbers;
  for (unsigned n = 0; n < count; ++n)
    if (holds(n)) numbers.push_back(n);
  return numbers;
}
}  // namespace

Installation::Installation(unsigned nodes, std::uint64_t seed)
    : catalog_url_(catalog_.fresh_schema(schema_)), objects_url_(fresh_objects_url(store_)), nodes_(nodes) {
  std::vector<Haproxy::Node> behind;
  for (Node& node : nodes_) {
    node.ports = {.cameras = lasting_port(seed), .http = lasting_port(seed)};
    behind.push_back(node.ports);
  }
  start_all();
  balancer_.emplace(behind);
}

Installation::~Installation() {
  balancer_.reset();
}

ServerStart Installation::settings(unsigned node) const {
  const Node& it = nodes_[node];
  const std::string name = fmt::format("n{}", node);
  return {.data_dir = folder_ / name,
          .flags = {"--catalog", catalog_url_, "--objects", objects_url_, "--node", name, "--log-level", "warning",
                    "--dualcam-listen", fmt::format("127.0.0.1:{}", it.ports.cameras), "--avl-listen", "127.0.0.1:0",
                    "--http-listen", fmt::format("127.0.0.1:{}", it.ports.http), "--proxy-from", "127.0.0.1/32"},
          .environment = {"DUALCAMD_S3_ACCESS_KEY=" + store_.credentials().access_key,
                          "DUALCAMD_S3_SECRET=" + store_.credentials().secret_key}};
}

std::string Installation::http_url() const {
  return fmt::format("http://127.0.0.1:{}", nodes_.front().ports.http);
}

std::vector<unsigned> Installation::up() const {
  return numbers_where(nodes_.size(), [this](unsigned n) { return nodes_[n].process != nullptr; });
}

std::vector<unsigned> Installation::down() const {
  return numbers_where(nodes_.size(), [this](unsigned n) { return nodes_[n].process == nullptr; });
}

void Installation::kill_node(unsigned node) {
  // One that had ended by itself would be a fault of its own, not this kill's.
  if (!nodes_[node].process->running())
    throw std::runtime_error(fmt::format("Node {} has ended by itself:\n{}", node, nodes_[node].process->log()));
  nodes_[node].process->kill_hard();
  nodes_[node].process.reset();
}

void Installation::start_node(unsigned node) {
  nodes_[node].process = std::make_unique<ServerProcess>(settings(node));
  nodes_[node].seen_ready = false;
}

void Installation::wait_ready(unsigned node) {
  Node& it = nodes_[node];
  if (it.seen_ready) return;  // the line comes once
  if (!it.process->wait_ready(start_limit))
    throw std::runtime_error(fmt::format("Node {} does not start:\n{}", node, it.process->log()));
  it.seen_ready = true;
}

void Installation::start_all() {
  for (const unsigned node : down()) start_node(node);
  for (unsigned node = 0; node < nodes_.size(); ++node) wait_ready(node);
}

void Installation::stop_all() {
  for (const Node& node : nodes_) node.process->signal(SIGTERM);
  for (unsigned n = 0; n < nodes_.size(); ++n)
    if (nodes_[n].process->wait_exit(stop_limit) != 0)
      throw std::runtime_error(fmt::format("Node {} does not end well:\n{}", n, nodes_[n].process->log()));
}

std::vector<PostgresCluster::Row> Installation::rows(const std::string& sql) const {
  return catalog_.run(fmt::format("SET search_path = \"{}\"; {}", schema_, sql));
}

std::unique_ptr<storage::ObjectStore> Installation::open_bucket() const {
  auto location = storage::s3::parse_url(objects_url_);
  if (!location) throw std::runtime_error(location.error().message);
  auto opened = storage::S3ObjectStore::open_at(*std::move(location), store_.credentials());
  if (!opened) throw std::runtime_error(opened.error().message);
  return *std::move(opened);
}

storage::ScrubRun Installation::scrub() const {
  const auto catalog = storage::open_catalog(catalog_url_);
  if (!catalog) throw std::runtime_error(catalog.error().message);
  const auto opened = open_bucket();
  const storage::ScrubOptions options{.node = "campaign", .grace = std::chrono::milliseconds{0}, .rest = false};
  const auto run = storage::Scrub(**catalog, *opened, options).run({});
  if (!run) throw std::runtime_error(run.error().message);
  return *run;
}

std::vector<storage::ObjectInfo> Installation::objects(std::string_view prefix) const {
  std::vector<storage::ObjectInfo> all;
  const auto listed = open_bucket()->list(prefix, [&](const storage::ObjectInfo& object) {
    all.push_back(object);
    return true;
  });
  if (!listed) throw std::runtime_error(listed.error().message);
  return all;
}

}  // namespace tests
