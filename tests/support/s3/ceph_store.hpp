// A real S3 store on the loopback: Ceph with one monitor, one OSD and one radosgw, in a temporary folder and on free
// ports. Takes some seconds to start: one per test program. Ended, the gateway first, by its destructor.
// Start it from the main thread: its processes die with the thread that started them. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "storage/objects/s3_client.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

class CephStore {
 public:
  // Throws std::runtime_error with a sentence: not installed, or why it does not start.
  CephStore();
  CephStore(const CephStore&) = delete;
  CephStore& operator=(const CephStore&) = delete;
  ~CephStore();

  std::string endpoint() const;      // http://127.0.0.1:PORT
  std::string tls_endpoint() const;  // https://localhost:PORT
  std::string certificate() const;   // the file that vouches for it
  const storage::s3::Credentials& credentials() const noexcept { return credentials_; }
  // s3://BUCKET/PREFIX?endpoint=…
  std::string url(const std::string& bucket, const std::string& prefix = {}) const;
  void make_bucket(const std::string& name);

  void kill_gateway();   // kill -9
  void start_gateway();  // and waits until it answers
  void freeze_disk();    // SIGSTOP of the OSD: requests are taken and not answered
  void thaw_disk();
  void kill_disk();     // kill -9 of the OSD
  void restart_disk();  // does not wait: requests are answered when it has found out what it had, some seconds later

 private:
  void write_configuration();
  void run(std::vector<std::string> command, const std::string& output = "commands.log");
  std::unique_ptr<ChildProcess> start(std::vector<std::string> command, const std::string& name);
  void start_monitor();
  void start_disk();
  void make_user();
  bool gateway_answers() const;
  std::string end_of_log(const std::string& name) const;
  [[noreturn]] void fail(const std::string& sentence, const std::string& log) const;

  TempFolder folder_;
  std::uint16_t monitor_port_ = 0;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  storage::s3::Credentials credentials_{"testaccesskey", "testsecretkey", ""};
  std::unique_ptr<ChildProcess> monitor_;
  std::unique_ptr<ChildProcess> disk_;
  std::unique_ptr<ChildProcess> gateway_;
};

// The one store of this test program, started at the first call and ended with the program. A failure to start fails
// the test that asks.
CephStore& ceph_store();

}  // namespace tests
