// The relay's log and settings where several nodes share a database: no lock is waited for both ways, and the planner
// finds the indexes.
#include <latch>
#include <thread>

#include "storage/catalog/mavlink_statements.hpp"
#include "storage/catalog/relay_statements.hpp"
#include "tests/postgres/fixture.hpp"

namespace storage::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::at;
using tests::device;

class PostgresRelay : public tests::PostgresTest {
 protected:
  std::string plan(const std::string& sql, std::size_t parameters) {
    std::string nulls;
    for (std::size_t i = 0; i < parameters; ++i) nulls += i == 0 ? "(NULL" : ", NULL";
    if (parameters != 0) nulls += ")";
    std::string text;
    for (const auto& line : column(fmt::format("SET plan_cache_mode = force_generic_plan; PREPARE asked AS {}; EXPLAIN "
                                               "EXECUTE asked{}",
                                               sql, nulls)))
      text += line + "\n";
    return text;
  }
};

// Two nodes note, change settings in either order, forget, and store files, in groups of any order.
TEST_F(PostgresRelay, NobodyWaitsForEachOther) {
  constexpr int each = 40;
  const std::array nodes{open(), open()};
  cluster_.run("SELECT pg_stat_reset()");
  std::atomic<int> versions = 0;
  {
    std::latch start(10);
    std::vector<std::jthread> threads;
    const auto begin = [&](auto work) {
      for (std::size_t t = 0; t < 2; ++t)
        threads.emplace_back([&, t, work] {
          start.arrive_and_wait();
          for (int i = 0; i < each; ++i) work(t, i, *nodes[t]);
        });
    };
    begin([&](std::size_t t, int i, PostgresCatalog& node) {
      const std::string name = t == 0 ? "a" : "b";
      RelayNotes notes;
      for (int row = 0; row < 20; ++row)
        notes.triggers.push_back({.id = base::Uuid::v7(at(i)), .node = name, .outcome = "pending"});
      notes.pending = {{.id = base::Uuid::v7(at(i)), .node = name}};
      ASSERT_TRUE(node.relay().note(notes));
      for (Trigger& row : notes.triggers) row.outcome = "sent";
      notes.settled = {notes.pending[0].id};
      notes.pending.clear();
      ASSERT_TRUE(node.relay().note(notes));
      const auto index = static_cast<std::uint32_t>(i);
      ASSERT_TRUE(
          node.mavlink().add_images(name, std::vector{MavlinkImage{.index = index, .url = {}, .media_id = {}}}));
      ASSERT_TRUE(i % 10 != 9 || node.mavlink().forget_images(name, ""));
    });
    begin([&](std::size_t t, int i, PostgresCatalog& node) {
      // The one node from the first to the last, the other the other way.
      const auto name = std::to_string(t == 0 ? i % 5 : 4 - i % 5);
      ASSERT_TRUE(node.relay().set_arm({.scope = "target", .name = name, .armed = i % 2 == 0}));
      ASSERT_TRUE(node.relay().set_latency({.target = name, .latency_us = i}));
    });
    begin([&](std::size_t, int i, PostgresCatalog& node) {
      const auto now = node.relay().rules();
      ASSERT_TRUE(now);
      const auto set = node.relay().set_rules("[]", now->version, at(i));
      if (set) ++versions;
      ASSERT_TRUE(set || set.error().code == base::Errc::conflict) << set.error().message;
    });
    begin([&](std::size_t, int i, PostgresCatalog& node) {
      const auto imei = device(static_cast<std::uint64_t>(i) % 3);
      ASSERT_TRUE(node.label_device(imei, "x"));
      ASSERT_TRUE(node.commit_media(tests::photo(imei)));
    });
    begin([&](std::size_t, int i, PostgresCatalog& node) { ASSERT_TRUE(node.relay().forget_triggers(at(i), 30)); });
  }
  EXPECT_EQ(value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
  EXPECT_EQ(value("SELECT COUNT(*) FROM relay_pending"), "0");
  EXPECT_EQ(value("SELECT version FROM relay_rules"), std::to_string(versions.load()));
}

TEST_F(PostgresRelay, WhatIsAskedOftenComesOutOfAnIndex) {
  const auto catalog = open();
  column(
      "INSERT INTO relay_triggers SELECT gen_random_uuid(), n % 100 <> 0, 'n', 'p' || n % 5, 'e' || n % 50, 'k', CASE "
      "WHEN n % 100 = 0 THEN 'r' || n % 1000 ELSE '' END, 'o' || n % 9, '', '', '', '', CASE WHEN n % 100 = 0 THEN "
      "gen_random_uuid() END, CASE WHEN n % 100 = 0 THEN gen_random_uuid() END, n, NULL, 0, NULL "
      "FROM generate_series(1, 50000) n; "
      "INSERT INTO relay_takes SELECT gen_random_uuid(), n, 'n', 's', '', 'ended', '', n, n, n, 0 "
      "FROM generate_series(1, 20000) n; "
      "INSERT INTO relay_pending SELECT gen_random_uuid(), 'n' || n % 100, 't', 'r', '', n, n "
      "FROM generate_series(1, 20000) n; "
      "INSERT INTO mavlink_images SELECT 'n' || n % 2, 'c' || n / 2 % 5, n / 10, n, n, 0, 0, 0, 0, 1, 0, 0, 0, true, "
      "'' "
      "FROM generate_series(0, 49999) n; "
      "ANALYZE relay_triggers; ANALYZE relay_takes; ANALYZE relay_pending; ANALYZE mavlink_images; SELECT 1");
  constexpr auto us = sql::Dialect::postgres;
  const std::string cursor = encode_cursor(Listing::triggers, {});
  const auto listing = [&](const TriggerQuery& query, const std::string& index) {
    auto asked = sql::triggers_query(query, us).value();
    return std::tuple(asked.sql, asked.values.size(), index);
  };
  const std::vector<std::tuple<std::string, std::size_t, std::string>> asked{
      listing({}, "relay_triggers_pkey"),
      listing({.cursor = cursor}, "relay_triggers_pkey"),
      listing({.incoming = true}, "relay_triggers_pkey"),
      listing({.incoming = false, .cursor = cursor}, "relay_triggers_done"),
      listing({.protocol = "p1"}, "relay_triggers_by_protocol"),
      listing({.endpoint = "e1", .cursor = cursor}, "relay_triggers_by_endpoint"),
      listing({.rule = "r100"}, "relay_triggers_by_rule"),
      listing({.outcome = "o1"}, "relay_triggers_by_outcome"),
      listing({.take_id = base::Uuid()}, "relay_triggers_by_take"),
      listing({.cause = base::Uuid()}, "relay_triggers_by_cause"),
      listing({.from = at(0), .to = at(1)}, "relay_triggers_pkey"),
      {sql::takes_query(10, "").value().sql, 1, "relay_takes_pkey"},
      {std::string(sql::last_take_sql), 0, "relay_takes_by_number"},
      {std::string(sql::pending_sql), 1, "relay_pending_by_node"},
      {std::string(sql::forget_triggers_sql(us)), 2, "relay_triggers_pkey"},
      {std::string(sql::forget_takes_sql(us)), 2, "relay_takes_pkey"},
      {std::string(sql::images_sql), 5, "mavlink_images_pkey"},
      {std::string(sql::last_image_sql), 2, "mavlink_images_pkey"},
      {std::string(sql::prune_images_sql), 3, "mavlink_images_pkey"},
  };
  for (const auto& [sql, parameters, index] : asked) {
    const auto text = plan(sql, parameters);
    EXPECT_THAT(text, HasSubstr(index)) << sql << "\n" << text;
    for (const auto* table : {"relay_triggers", "relay_takes", "relay_pending", "mavlink_images"})
      EXPECT_THAT(text, Not(HasSubstr(fmt::format("Seq Scan on {} ", table)))) << sql << "\n" << text;
  }
}

}  // namespace
}  // namespace storage::postgres
