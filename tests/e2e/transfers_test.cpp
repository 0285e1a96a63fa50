// What /transfers says of a file while its row is on its way into the catalog.
#include <sqlite3.h>

#include <memory>

#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

// The server's catalog, opened beside it: to hold up its writing, and to see what it has written.
class CatalogFile {
 public:
  explicit CatalogFile(const std::filesystem::path& data_dir) {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open((data_dir / "catalog.db").c_str(), &handle), SQLITE_OK);
    handle_.reset(handle);
  }
  bool run(const char* sql) { return sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
  int number(const char* sql) {
    int found = -1;
    const auto take = [](void* into, int, char** texts, char**) {
      *static_cast<int*>(into) = std::atoi(texts[0]);
      return 0;
    };
    sqlite3_exec(handle_.get(), sql, take, &found, nullptr);
    return found;
  }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

class Transfers : public EndToEnd {};

TEST_F(Transfers, OneThatEndsIsNeverOutOfSight) {
  if (!backend_.empty()) GTEST_SKIP() << "only a catalog in a file can be held up from beside";
  start();
  const CameraFile file = make_file(1);
  auto camera = std::make_unique<WireCamera>(server(), imei(1));
  ASSERT_EQ(camera->offer(file), 1U);
  ASSERT_TRUE(camera->send_packets(file, 1, 3));
  ASSERT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "offset") == "3072"; }));
  EXPECT_EQ(newest_transfer(imei(1), "live"), "true");
  const std::string id = newest_transfer(imei(1), "id");

  CatalogFile catalog(data_dir_);
  ASSERT_TRUE(tests::eventually([&] { return catalog.run("BEGIN IMMEDIATE"); }));
  camera.reset();
  // Until its end is known it is live; from then on it is not, whether the catalog has it or not.
  const auto state = [&] {
    EXPECT_EQ(newest_transfer(imei(1), "id"), id);
    return newest_transfer(imei(1), "state");
  };
  EXPECT_TRUE(tests::eventually([&] { return state() == "interrupted"; }));
  EXPECT_EQ(newest_transfer(imei(1), "live"), "false");
  EXPECT_EQ(catalog.number("SELECT count(*) FROM transfers"), 0);
  ASSERT_TRUE(catalog.run("COMMIT"));
  EXPECT_TRUE(tests::eventually([&] {
    EXPECT_EQ(state(), "interrupted");
    return catalog.number("SELECT count(*) FROM transfers") == 1;
  }));
  EXPECT_EQ(state(), "interrupted");
}

}  // namespace
}  // namespace e2e
