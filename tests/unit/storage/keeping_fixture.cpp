#include "tests/unit/storage/keeping_fixture.hpp"

#include "storage/catalog/sqlite_connection.hpp"

namespace storage {

int KeepingFixture::count(const std::string& sql) {
  const auto connection = sqlite::Connection::open({.path = (folder_ / "c.db").string(), .vfs = {}, .in_memory = false},
                                                   sqlite::Connection::Mode::reader);
  EXPECT_TRUE(connection);
  auto rows = (*connection)->query(sql);
  EXPECT_TRUE(rows && rows->step().value_or(false)) << sql;
  return rows ? static_cast<int>(rows->integer(0)) : -1;
}

}  // namespace storage
