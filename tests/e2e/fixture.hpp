// A running server in a folder of its own, what its API says, and a camera beside the one under test.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/e2e/backend.hpp"
#include "tests/e2e/wire_camera.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace e2e {

// Stands for the bytes of a file in comparisons: their number and a hash.
std::string print_of(base::ByteView bytes);
std::vector<std::string> prints(std::initializer_list<CameraFile> files);

class EndToEnd : public testing::Test {
 protected:
  // (Re)starts; a failed start is a failed test.
  void start(std::vector<std::string> flags = {});
  tests::ServerStart settings(std::vector<std::string> flags = {}) const;
  tests::ServerProcess& server() { return *server_; }
  void TearDown() override;

  // The files of a device as the API lists them, newest first, and gives their content. A failure when it does not.
  std::vector<std::string> stored(std::uint64_t imei);
  int http_status(const std::string& target);
  std::string http_body(const std::string& target);
  // A member of the newest /transfers entry of a device, as text; empty when there is none.
  std::string newest_transfer(std::uint64_t imei, const std::string& member);

  tests::TempFolder folder_;
  std::filesystem::path data_dir_ = folder_ / "data";
  const std::vector<std::string> backend_ = backend_flags();
  std::unique_ptr<tests::ServerProcess> server_;
};

// Another camera that uploads photo after photo meanwhile, and must not notice anything.
class Bystander {
 public:
  explicit Bystander(const tests::ServerProcess& server);
  ~Bystander();
  // Lets it upload some more files, then stops it: every upload must have been acknowledged, and none was slow.
  void expect_undisturbed();

 private:
  void run(const tests::ServerProcess& server);
  std::atomic<bool> stop_ = false;
  std::atomic<unsigned> uploaded_ = 0;
  std::atomic<unsigned> failed_ = 0;
  std::atomic<std::int64_t> slowest_ms_ = 0;
  std::thread thread_;
};

}  // namespace e2e
