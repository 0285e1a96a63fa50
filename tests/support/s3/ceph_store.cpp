#include "tests/support/s3/ceph_store.hpp"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/eventually.hpp"

namespace tests {

namespace {
constexpr std::chrono::seconds start_limit{90};  // a loaded machine; usually it is five
constexpr std::chrono::seconds command_limit{60};
constexpr std::chrono::seconds end_limit{10};

// A port that was free a moment ago.
std::uint16_t free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  const bool bound = bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(listener);
  if (!bound) throw std::runtime_error("no free port on the loopback");
  return ntohs(address.sin_port);
}

bool installed(const std::string& program) {
  const char* path = getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

void require_installed() {
  for (const char* program :
       {"ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin"})
    if (!installed(program))
      throw std::runtime_error(
          fmt::format("The program {} is missing: tests of the S3 store need Ceph. Install it with: apt-get install -y "
                      "--no-install-recommends radosgw ceph-mon ceph-osd ceph-common",
                      program));
}
}  // namespace

CephStore::CephStore() : monitor_port_(free_port()), port_(free_port()), tls_port_(free_port()) {
  require_installed();
  write_configuration();
  start_monitor();
  start_disk();
  start_gateway();
  make_user();
}

CephStore::~CephStore() {
  if (disk_) disk_->signal(SIGCONT);
  for (auto* process : {&gateway_, &disk_, &monitor_})
    if (*process) (*process)->end(end_limit);
}

std::string CephStore::endpoint() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

std::string CephStore::tls_endpoint() const {
  return fmt::format("https://localhost:{}", tls_port_);
}

std::string CephStore::certificate() const {
  return (folder_ / "gateway.crt").string();
}

std::string CephStore::url(const std::string& bucket, const std::string& prefix) const {
  return fmt::format("s3://{}/{}?endpoint={}&style=path", bucket, prefix, endpoint());
}

void CephStore::write_configuration() {
  const auto certificate = make_certificate(folder_.path(), "gateway", "localhost");
  for (const char* folder : {"mon", "osd", "rgw", "run"}) std::filesystem::create_directory(folder_ / folder);
  std::ofstream(folder_ / "gateway.pem") << std::ifstream(certificate.chain).rdbuf()
                                         << std::ifstream(certificate.key).rdbuf();
  const std::string folder = folder_.path().string();
  std::ofstream(folder_ / "ceph.conf") << fmt::format(R"([global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
# Below the ports the system hands out; each daemon takes the next free ones.
ms_bind_port_min = 20000
ms_bind_port_max = 29999
# Nobody to authenticate; radosgw's own default for this mode would insist.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
# One of everything.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
# Each pool is a change of the map, which by default waits a second for more changes.
paxos_propose_interval = 0.01
paxos_min_wait = 0.01
# A test machine's disk may be rather full.
mon_osd_full_ratio = .99
mon_osd_nearfull_ratio = .98
mon_osd_backfillfull_ratio = .985
osd_failsafe_full_ratio = .995
mon_data_avail_crit = 1
# A killed gateway holds up its successor no longer than that.
osd_client_watch_timeout = 5
osd_memory_target = 939524096
bluestore_cache_autotune = false
bluestore_block_size = 21474836480
rgw_enable_lc_threads = false
rgw_run_sync_thread = false
rgw_frontends = beast endpoint=127.0.0.1:{port} ssl_endpoint=127.0.0.1:{tls_port} ssl_certificate={folder}/gateway.pem
rgw_dns_name = localhost
run_dir = {folder}/run
crash_dir = {folder}/run
admin_socket =
log_file = {folder}/$type.log
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
keyring = {folder}/keyring
)",
                                                      fmt::arg("fsid", base::Uuid::v7(base::utc_now()).str()),
                                                      fmt::arg("monitor", monitor_port_), fmt::arg("port", port_),
                                                      fmt::arg("tls_port", tls_port_), fmt::arg("folder", folder));
}

std::unique_ptr<ChildProcess> CephStore::start(std::vector<std::string> command, const std::string& name) {
  command.insert(command.begin() + 1, {"-c", (folder_ / "ceph.conf").string()});
  return std::make_unique<ChildProcess>(std::move(command), folder_ / (name + ".out"));
}

void CephStore::run(std::vector<std::string> command, const std::string& output) {
  const std::string program = command.front();
  ChildProcess process(std::move(command), folder_ / output);
  const auto code = process.wait_exit(command_limit);
  if (code != 0) fail(fmt::format("{} failed while a Ceph store for tests was started", program), output);
}

void CephStore::start_monitor() {
  const std::string conf = (folder_ / "ceph.conf").string();
  const std::string map = (folder_ / "monmap").string();
  const std::string keyring = (folder_ / "keyring").string();
  run({"ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"});
  std::ifstream in(conf);
  std::string fsid;
  for (std::string line; fsid.empty() && std::getline(in, line);)
    if (line.starts_with("fsid = ")) fsid = line.substr(7);
  run({"monmaptool", "--create", "--fsid", fsid, "--addv", "a", fmt::format("[v2:127.0.0.1:{}]", monitor_port_), map});
  run({"ceph-mon", "-c", conf, "--mkfs", "-i", "a", "--monmap", map, "--keyring", keyring});
  monitor_ = start({"ceph-mon", "-f", "-i", "a"}, "mon");
}

void CephStore::start_disk() {
  const std::string conf = (folder_ / "ceph.conf").string();
  const std::string id = base::Uuid::v7(base::utc_now()).str();
  run({"ceph", "-c", conf, "--connect-timeout", "30", "osd", "new", id});
  run({"ceph-osd", "-c", conf, "-i", "0", "--mkfs", "--osd-uuid", id});
  restart_disk();
}

void CephStore::make_user() {
  run({"radosgw-admin", "-c", (folder_ / "ceph.conf").string(), "user", "create", "--uid=test", "--display-name=test",
       "--access-key=" + credentials_.access_key, "--secret-key=" + credentials_.secret_key});
}

bool CephStore::gateway_answers() const {
  auto http = storage::s3::Http::create({.connect_limit = std::chrono::seconds(1)});
  if (!http) return false;
  const auto reply = (*http)->perform(
      {.method = "GET", .url = endpoint() + "/", .deadline = base::steady_now() + std::chrono::seconds(5)});
  return reply.ok();
}

void CephStore::start_gateway() {
  gateway_ = start({"radosgw", "-f", "-n", "client.rgw"}, "rgw");
  const bool ready = eventually([&] { return !gateway_->running() || gateway_answers(); }, start_limit);
  if (!ready || !gateway_->running()) fail("The Ceph gateway for tests does not answer", "rgw.out");
}

void CephStore::kill_gateway() {
  gateway_.reset();
}

void CephStore::freeze_disk() {
  disk_->signal(SIGSTOP);
}

void CephStore::thaw_disk() {
  disk_->signal(SIGCONT);
}

void CephStore::kill_disk() {
  disk_.reset();
}

void CephStore::restart_disk() {
  disk_ = start({"ceph-osd", "-f", "-i", "0"}, "osd");
}

void CephStore::make_bucket(const std::string& name) {
  const auto location = storage::s3::parse_url(url(name));
  if (!location) throw std::runtime_error(location.error().message);
  const auto client = storage::s3::Client::create(*location, credentials_, {}).value();
  const auto made = client->call({.method = "PUT"}, client->deadline(std::chrono::seconds(30)));
  if (!made.ok()) throw std::runtime_error(client->failed("make a bucket", made).error().message);
}

std::string CephStore::end_of_log(const std::string& name) const {
  constexpr std::size_t shown = 2000;
  std::ifstream in(folder_ / name);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.size() > shown ? text.substr(text.size() - shown) : text;
}

void CephStore::fail(const std::string& sentence, const std::string& log) const {
  throw std::runtime_error(fmt::format("{}. The end of its output:\n{}", sentence, end_of_log(log)));
}

CephStore& ceph_store() {
  static CephStore store;
  return store;
}

}  // namespace tests
