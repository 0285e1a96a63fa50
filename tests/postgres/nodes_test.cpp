// Several nodes on one database, the outbox, and the planner.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "storage/catalog/media_statements.hpp"
#include "storage/catalog/postgres_text.hpp"
#include "tests/postgres/fixture.hpp"

namespace storage::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::at;
using tests::device;
using tests::photo;

using PostgresNodes = tests::PostgresTest;

// The groups of two nodes hold rows of the same devices in other orders: none may wait for the other for ever.
TEST_F(PostgresNodes, NodesThatServeTheSameDevicesNeitherLoseNorBlockEachOther) {
  constexpr int threads = 8;
  constexpr int each = 60;
  const std::array nodes{open(), open()};
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      for (const auto& node : nodes)
        workers.emplace_back([&, t] {
          for (int i = 0; i < each; ++i) {
            const auto who = device(static_cast<std::uint64_t>((t + i) % threads));
            const auto done = node->commit_media(photo(who, at(i)));
            ASSERT_TRUE(done) << done.error().message;
            ASSERT_TRUE(node->touch_device(who, 6, "192.0.2.1:1", at(i)));
          }
        });
  }
  const auto expected = std::to_string(threads * each * 2);
  EXPECT_EQ(value("SELECT count(*) FROM media"), expected);
  EXPECT_EQ(value("SELECT sum(media_count) FROM devices"), expected);
  EXPECT_LT(nodes[0]->commits() + nodes[1]->commits(), 2U * threads * each * 2) << "callers share commits";
  EXPECT_EQ(value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}

TEST_F(PostgresNodes, OneContentFromTwoNodesIsOneFile) {
  const std::array nodes{open(), open()};
  for (int i = 0; i < 20; ++i) {
    Media media = photo();
    std::atomic<int> originals = 0;
    {
      std::vector<std::jthread> workers;
      for (const auto& node : nodes) {
        media.id = base::Uuid::v7(at(i));
        workers.emplace_back([&, media] {
          const auto done = node->commit_media(media);
          ASSERT_TRUE(done) << done.error().message;
          originals += done->duplicate ? 0 : 1;
        });
      }
    }
    EXPECT_EQ(originals, 1);
  }
  EXPECT_EQ(value("SELECT count(*) FROM media"), "20");
  EXPECT_EQ(value("SELECT count(*) FROM outbox"), "20");
}

// Whoever reads the outbox by its numbers must never see a later event of a device before an earlier one.
TEST_F(PostgresNodes, EventsOfADeviceBecomeVisibleInTheirOrder) {
  const std::array nodes{open(), open()};
  std::atomic<int> running = 4;
  std::vector<std::jthread> workers;
  for (int t = 0; t < 4; ++t)
    workers.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(nodes[static_cast<std::size_t>(t % 2)]->commit_media(photo(device(i % 2 == 0 ? 0 : 1))));
      --running;
    });
  std::map<std::string, std::string> seen;  // the numbers of each device so far
  while (running > 0)
    for (const auto& row : cluster_.run(fmt::format(
             "SELECT imei, string_agg(sequence::text, ' ' ORDER BY sequence) FROM {}.outbox GROUP BY imei", schema_))) {
      EXPECT_THAT(row[1], testing::StartsWith(seen[row[0]])) << "an event came to light before an earlier one";
      seen[row[0]] = row[1];
    }
}

TEST_F(PostgresNodes, EveryFileIsOneEvent) {
  const auto catalog = open();
  const Media media = photo();
  ASSERT_TRUE(catalog->commit_media(media));
  ASSERT_TRUE(catalog->commit_media(media));  // again, after an answer that got lost
  Media duplicate = media;
  duplicate.id = base::Uuid::v7(at(0));
  ASSERT_TRUE(catalog->commit_media(duplicate)->duplicate);
  const auto payloads = column("SELECT payload FROM outbox");
  ASSERT_EQ(payloads.size(), 1U);
  const auto event = nlohmann::json::parse(payloads[0]);
  EXPECT_EQ(event["id"], value("SELECT id FROM outbox"));
  EXPECT_EQ(event["media"]["id"], media.id.str());
}

TEST_F(PostgresNodes, AChangeOfIntakeIsWrittenByOneNode) {
  const std::array nodes{open(), open()};
  ASSERT_TRUE(nodes[0]->touch_device(device(), 5, "192.0.2.1:1", at(0)));
  using enum base::IntakeState;
  constexpr std::array states{everything, photos, events};
  constexpr unsigned rounds = 30;
  for (unsigned i = 0; i < rounds; ++i) {
    const auto from = states[i % states.size()];
    const auto to = states[(i + 1) % states.size()];
    std::atomic<int> written = 0;
    {
      std::vector<std::jthread> workers;
      for (const auto& node : nodes)
        workers.emplace_back([&] {
          const auto done = node->change_intake({.imei = device(), .from = from, .to = {to, at(i), "a storm"}});
          ASSERT_TRUE(done) << done.error().message;
          written += *done ? 1 : 0;
        });
    }
    EXPECT_EQ(written, 1);
  }
  const auto payloads = column("SELECT payload FROM outbox WHERE type = 'device.intake' ORDER BY sequence");
  ASSERT_EQ(payloads.size(), rounds);
  for (unsigned i = 0; i < rounds; ++i) {
    const auto event = nlohmann::json::parse(payloads[i]);
    EXPECT_EQ(event["intake"]["was"], base::to_string(states[i % states.size()]));
    EXPECT_EQ(event["intake"]["state"], base::to_string(states[(i + 1) % states.size()]));
  }
}

TEST_F(PostgresNodes, WhatADeviceHasSentComesOutOfAnIndex) {
  open();
  cluster_.run(fmt::format(
      "SET search_path = {}; "
      "INSERT INTO devices (imei, first_seen, last_seen) SELECT 1000 + i, 0, 0 FROM generate_series(0, 999) i; "
      "INSERT INTO media SELECT gen_random_uuid(), 1000 + i % 100, 'front', 'photo', 'x', i, i, i, NULL, '', NULL, "
      "NULL, "
      "NULL, NULL, NULL, '', 1, lpad(i::text, 64, '0'), 'image/jpeg', 'k', 'n', 13, true, '', '', '', false "
      "FROM generate_series(1, 20000) i; UPDATE devices SET intake = 'photos' WHERE imei = 1007; ANALYZE",
      schema_));
  const auto plan_of = [&](const std::string& sql) {
    return fmt::format("{}", fmt::join(column("EXPLAIN " + sql), "\n"));
  };
  const std::string counted = plan_of(
      "SELECT received_at / 60 AS part, COUNT(*), CAST(SUM(size) AS BIGINT) FROM (SELECT received_at, size FROM media "
      "WHERE imei = 1007 AND received_at >= 15000 ORDER BY received_at DESC LIMIT 20) AS newest GROUP BY part");
  EXPECT_THAT(counted, HasSubstr("media_by_imei"));
  const std::string limited =
      plan_of("SELECT imei, intake FROM devices WHERE intake <> 'everything' ORDER BY imei LIMIT 9");
  EXPECT_THAT(limited, HasSubstr("devices_limited"));
}

TEST_F(PostgresNodes, ASequenceNumberIsNeverUsedAgain) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->commit_media(photo()));
  const auto first = std::stoll(value("SELECT sequence FROM outbox"));
  cluster_.run(fmt::format("DELETE FROM {}.outbox", schema_));  // delivered
  ASSERT_TRUE(catalog->commit_media(photo()));
  EXPECT_GT(std::stoll(value("SELECT sequence FROM outbox")), first);
}

TEST_F(PostgresNodes, KeepsTheNewestTransfersOnly) {
  const auto catalog = open(location(), {.kept_transfers = 10, .prune_interval = 4});
  for (int i = 0; i < 41; ++i) ASSERT_TRUE(catalog->record_transfer(tests::transfer(device(), at(i))));
  const auto started = column("SELECT started_at FROM transfers ORDER BY started_at");
  EXPECT_GE(started.size(), 10U);
  EXPECT_LT(started.size(), 10U + 4U);
  EXPECT_EQ(started.back(), std::to_string(at(40).time_since_epoch().count()));
}

TEST_F(PostgresNodes, PagesComeOutOfAnIndexInItsOrder) {
  open();
  cluster_.run(fmt::format(
      "SET search_path = {}; "
      "INSERT INTO devices (imei, first_seen, last_seen) SELECT 1000 + i, 0, 0 FROM generate_series(0, 99) i; "
      "INSERT INTO media SELECT gen_random_uuid(), 1000 + i % 100, CASE i % 10 WHEN 0 THEN 'rear' ELSE 'front' END, "
      "'photo', 'x', i, i, i, NULL, CASE i % 500 WHEN 1 THEN 'crash' ELSE '' END, NULL, NULL, NULL, NULL, NULL, '', 1, "
      "lpad(i::text, 64, '0'), 'image/jpeg', 'k', 'n', 13, true, '', '', '', false FROM generate_series(1, 20000) i; "
      "ANALYZE media",
      schema_));
  for (unsigned mask = 0; mask < 4; ++mask) {
    std::string where;
    if (mask & 1) where += " AND imei = 1007";
    if (mask & 2) where += " AND (received_at, id) < (15000, '00000000-0000-7000-8000-000000000000')";
    std::string plan;
    for (const auto& line : column(fmt::format("EXPLAIN SELECT id FROM media WHERE true{} ORDER BY received_at DESC, "
                                               "id DESC LIMIT 51",
                                               where)))
      plan += line + "\n";
    EXPECT_THAT(plan, HasSubstr("Index")) << plan;
    EXPECT_THAT(plan, Not(HasSubstr("Sort"))) << plan;
  }
}

// ---- Texts of devices

TEST(PostgresText, PlainTextStaysPlain) {
  for (const std::string text : {"", "%photof", "/sd/é 你好 🎥.mp4", "\u0001\x7f", "U+10FFFF: \U0010FFFF"}) {
    EXPECT_EQ(to_database(text), text);
    EXPECT_EQ(from_database(text), text);
  }
}

TEST(PostgresText, EveryByteComesBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& text :
       {all, std::string("\xff\xfe"), std::string(1, '\0'), std::string("\xc0\x80"), std::string("\xed\xa0\x80"),
        std::string("\xf5\x80\x80\x80"), std::string("\xe2\x82"), std::string("\xf4\x8f\xb8\x80 taken"),
        std::string("\xf4\x8f"), to_database(all), to_database(to_database(all))}) {
    const auto kept = to_database(text);
    EXPECT_EQ(kept.find('\0'), std::string::npos);
    EXPECT_EQ(from_database(kept), text);
    EXPECT_EQ(to_database(kept) == kept, kept == text) << "different texts stay different";
  }
}

}  // namespace
}  // namespace storage::postgres
