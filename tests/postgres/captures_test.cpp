// Trackers and capture requests where several nodes share a database: no lock is waited for both ways, no event comes
// out of its order, and the planner finds the indexes.
#include <latch>
#include <mutex>
#include <thread>

#include "storage/catalog/capture_matching.hpp"
#include "storage/catalog/capture_queue.hpp"
#include "storage/catalog/capture_statements.hpp"
#include "storage/catalog/device_event_statements.hpp"
#include "storage/catalog/tracking_statements.hpp"
#include "tests/postgres/fixture.hpp"

namespace storage::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using tests::at;
using tests::device;
using namespace std::chrono_literals;

CaptureRequest video(std::uint64_t index, std::int64_t begin) {
  CaptureRequest request{.id = base::Uuid::v7(at(0)),
                         .imei = device(index),
                         .kind = base::MediaKind::video,
                         .from = at(begin),
                         .duration_s = 10,
                         .origin = "api",
                         .created_at = at(0),
                         .deadline = at(3'600'000)};
  request.parts.push_back({.id = base::Uuid::v7(at(0)),
                           .request_id = request.id,
                           .imei = request.imei,
                           .kind = request.kind,
                           .files = {{base::Camera::front, {}}, {base::Camera::rear, {}}},
                           .from = request.from,
                           .duration_s = 10});
  return request;
}

class PostgresCaptures : public tests::PostgresTest {
 protected:
  std::string deadlocks() { return value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"); }

  // The plan of `sql`, prepared as the program has it, with any values.
  std::string plan(const std::string& sql, int parameters) {
    std::string nulls;
    for (int i = 0; i < parameters; ++i) nulls += i == 0 ? "(NULL" : ", NULL";
    if (parameters != 0) nulls += ")";
    std::string text;
    for (const auto& line : column(fmt::format("SET plan_cache_mode = force_generic_plan; PREPARE asked AS {}; EXPLAIN "
                                               "EXECUTE asked{}",
                                               sql, nulls)))
      text += line + "\n";
    return text;
  }
};

// Requests of the same devices are asked for, sent, answered, settled and stored, links change their nodes, records
// come, and files are deleted: from two nodes, in groups of any order.
TEST_F(PostgresCaptures, NobodyWaitsForEachOther) {
  constexpr int each = 40;
  constexpr std::uint64_t devices = 4;
  const std::array nodes{open(), open()};
  cluster_.run("SELECT pg_stat_reset()");
  std::mutex mutex;
  std::vector<Media> all;
  {
    std::latch start(12);
    const CapturePatience patience;
    std::vector<std::jthread> threads;  // joined before what they use is gone
    const auto begin = [&](std::size_t count, auto work) {
      for (std::size_t t = 0; t < count; ++t)
        threads.emplace_back([&, t, work] {
          start.arrive_and_wait();
          for (int i = 0; i < each; ++i) work(t, i, *nodes[t % 2]);
        });
    };
    begin(2, [&](std::size_t t, int i, PostgresCatalog& node) {
      ASSERT_TRUE(node.captures().add_capture(video((t + static_cast<std::size_t>(i)) % devices, i % 7 * 60'000)));
      const auto open = node.captures().list_captures({.state = CaptureState::queued, .limit = 1});
      ASSERT_TRUE(open);
      if (i % 5 != 0 || open->items.empty()) return;
      ASSERT_TRUE(node.captures().cancel_capture(open->items[0].id, at(1)));
    });
    begin(2, [&](std::size_t t, int i, PostgresCatalog& node) {
      const std::string name = t == 0 ? "a" : "b";
      ASSERT_TRUE(node.tracking().open_link(
          {.imei = device(static_cast<std::uint64_t>(i) % devices), .node = name, .session = name, .since = at(i)}));
      const auto taken = node.captures().take_captures(name, 9, patience, at(i));
      ASSERT_TRUE(taken) << taken.error().message;
      for (const auto& part : *taken) ASSERT_TRUE(node.captures().capture_accepted(part.id, "Yes", patience, at(i)));
      if (i % 10 != 9) return;
      ASSERT_TRUE(node.tracking().close_links_of(name));
    });
    begin(4, [&](std::size_t t, int i, PostgresCatalog& node) {
      Media media = tests::photo(device((t + static_cast<std::size_t>(i)) % devices));
      media.kind = base::MediaKind::video;
      media.camera = i % 2 == 0 ? base::Camera::front : base::Camera::rear;
      media.captured_at = at(i % 7 * 60'000);
      media.received_at = at(i + 600'000);
      media.duration_s = 10;
      ASSERT_TRUE(node.captures().camera_connected(media.imei, patience, at(i)));
      const auto done = node.commit_media(media);
      ASSERT_TRUE(done) << done.error().message;
      const std::lock_guard lock(mutex);
      all.push_back(media);
    });
    begin(2, [&](std::size_t, int i, PostgresCatalog& node) {
      ASSERT_TRUE(node.captures().settle_captures({.reply = 1ms, .rest = 1ms}, at(100 * i), 9));
      std::optional<Media> media;
      {
        const std::lock_guard lock(mutex);
        if (!all.empty()) media = all[static_cast<std::size_t>(i * 7) % all.size()];
      }
      if (media && i % 3 == 0) {
        ASSERT_TRUE(node.keeping().delete_media(media->imei, std::vector{media->id}, "r", at(0)));
      }
      const auto imei = device(static_cast<std::uint64_t>(i) % devices);
      const DeviceEvent event{.id = base::Uuid::v7(at(i)), .imei = imei, .at = at(i)};
      ASSERT_TRUE(node.tracking().add_device_event(event));
      ASSERT_TRUE(node.tracking().mark_handled(event.id));
    });
    begin(2, [&](std::size_t, int i, PostgresCatalog& node) {
      std::vector<TrackRecords> records;
      std::vector<DeviceState> states;
      for (std::uint64_t d = 0; d < devices; ++d) {
        const auto imei = device((d + static_cast<std::uint64_t>(i)) % devices);
        records.push_back({.imei = imei, .first_at = at(i), .last_at = at(i), .count = 1, .bytes = "r"});
        states.push_back({.imei = imei, .recorded_at = at(i)});
      }
      ASSERT_TRUE(node.tracking().append_records(records, states));
      ASSERT_TRUE(node.tracking().forget_records(at(i - 5), 9));
      ASSERT_TRUE(node.captures().forget_captures(at(i), 5));
    });
  }
  EXPECT_EQ(deadlocks(), "0");
  EXPECT_THAT(column("SELECT media_id FROM capture_files WHERE media_id IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1"),
              IsEmpty());
  EXPECT_THAT(column("SELECT imei FROM capture_parts WHERE state = 'sent' GROUP BY 1 HAVING COUNT(*) > 1"), IsEmpty());
  EXPECT_EQ(value("SELECT COUNT(*) FROM capture_files JOIN capture_parts ON capture_parts.id = part_id JOIN media ON "
                  "media.id = media_id WHERE media.request_id <> capture_parts.request_id::text"),
            "0");
  // Each event begins where the one before ended.
  EXPECT_THAT(column("SELECT p FROM (SELECT payload::jsonb -> 'capture' AS p, LAG(payload::jsonb -> 'capture' ->> "
                     "'state') OVER (PARTITION BY payload::jsonb -> 'capture' ->> 'request_id' ORDER BY sequence) AS "
                     "before FROM outbox WHERE type = 'capture.changed') AS steps WHERE p ->> 'was' IS DISTINCT FROM "
                     "before"),
              IsEmpty());
}

TEST_F(PostgresCaptures, TheLinksOfADeadNodeGoWithItsClaims) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->nodes()->beat("dead", 0ms));
  ASSERT_TRUE(catalog->nodes()->beat("alive", 1h));
  for (std::uint64_t i = 0; i < 4; ++i)
    ASSERT_TRUE(catalog->tracking().open_link({.imei = device(i), .node = i == 3 ? "alive" : "dead", .session = "s"}));
  EXPECT_THAT(catalog->nodes()->bury().value(), ElementsAre("dead"));
  EXPECT_THAT(column("SELECT node FROM tracker_links"), ElementsAre("alive"));
  ASSERT_TRUE(catalog->nodes()->leave("alive"));
  EXPECT_THAT(column("SELECT node FROM tracker_links"), IsEmpty());
}

// With much of the past, and little to do.
TEST_F(PostgresCaptures, WhatIsAskedOftenComesOutOfAnIndex) {
  const auto catalog = open();
  column(
      "INSERT INTO capture_requests SELECT gen_random_uuid(), n % 1000, 'video', 'front', n, 10, 'avl', '', NULL, n, "
      "n, "
      "'stored', '', n FROM generate_series(1, 20000) n; "
      "INSERT INTO capture_parts (id, request_id, number, imei, kind, channel, created_at, deadline, begins_at, "
      "duration_s, command, state, due_at, final_at, updated_at) SELECT gen_random_uuid(), id, 0, imei, kind, channel, "
      "created_at, deadline, begins_at, 10, '', CASE WHEN begins_at % 1000 = 0 THEN 'queued' WHEN begins_at % 1000 = 1 "
      "THEN 'sent' ELSE 'stored' END, begins_at, CASE WHEN begins_at % 1000 < 2 THEN NULL ELSE begins_at END, 0 "
      "FROM capture_requests; "
      "INSERT INTO tracks SELECT n % 1000, n, n, n, 142, 1, '' FROM generate_series(1, 20000) n; "
      "INSERT INTO device_events (id, imei, kind, at, received_at, value, name, handled) SELECT gen_random_uuid(), "
      "n % 1000, 'sos', n, n, 1, '', n % 1000 <> 0 FROM generate_series(1, 20000) n; "
      "ANALYZE capture_requests; ANALYZE capture_parts; ANALYZE tracks; ANALYZE device_events; SELECT 1");
  constexpr auto us = sql::Dialect::postgres;
  const std::vector<std::tuple<std::string, int, std::string>> asked{
      {sql::CaptureWindow::subquery(1), 8, "capture_parts_matching"},
      {sql::parts_to_send_sql(CaptureChannel::avl, us), 3, "capture_parts_queue"},
      {sql::parts_to_send_sql(CaptureChannel::sms, us), 2, "capture_parts_queue"},
      {sql::parts_due_sql(us), 2, "capture_parts_due"},
      {sql::parts_past_deadline_sql(us), 2, "capture_parts_deadline"},
      {sql::awaiting_reply_sql(us), 2, "capture_parts_open"},
      {sql::same_request_sql(us), 4, "capture_requests_same"},
      {sql::ended_requests_sql(us), 4, "capture_requests_"},
      {sql::count_captures_sql(us), 0, "capture_parts_"},
      {std::string(sql::track_records_sql(us)), 5, "tracks_pkey"},
      {std::string(sql::forget_tracks_sql(us)), 2, "tracks_by_end"},
      {sql::unhandled_events_sql(us), 1, "device_events_unhandled"},
  };
  for (const auto& [sql, parameters, index] : asked) {
    const auto text = plan(sql, parameters);
    EXPECT_THAT(text, HasSubstr(index)) << sql;
    for (const auto* table : {"capture_requests", "capture_parts", "tracks", "device_events"})
      EXPECT_THAT(text, Not(HasSubstr(fmt::format("Seq Scan on {} ", table)))) << sql << "\n" << text;
  }
}

}  // namespace
}  // namespace storage::postgres
