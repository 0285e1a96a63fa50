// Every page of every filter comes out of an index in its order: no sorting, no walk through the table.
#include <sqlite3.h>

#include <set>

#include "storage/catalog/capture_matching.hpp"
#include "storage/catalog/capture_queue.hpp"
#include "storage/catalog/capture_statements.hpp"
#include "storage/catalog/device_event_statements.hpp"
#include "storage/catalog/job_statements.hpp"
#include "storage/catalog/mavlink_statements.hpp"
#include "storage/catalog/media_statements.hpp"
#include "storage/catalog/relay_statements.hpp"
#include "storage/catalog/retention_statements.hpp"
#include "storage/catalog/tracking_statements.hpp"
#include "storage/catalog/transfer_statements.hpp"
#include "tests/unit/storage/catalog_fixture.hpp"

namespace storage::sqlite {
namespace {

using testing::HasSubstr;
using testing::Not;

class CatalogPlans : public tests::SqliteTest {
 protected:
  void SetUp() override { catalog_ = open(); }

  void expect_ordered_by_index(const std::string& sql) {
    const auto plan = column("EXPLAIN QUERY PLAN " + sql, 3);
    ASSERT_EQ(plan.size(), 1U) << sql;
    EXPECT_THAT(plan[0], HasSubstr("INDEX ")) << sql;
    EXPECT_THAT(plan[0], Not(HasSubstr("TEMP B-TREE"))) << sql;
  }

  std::unique_ptr<SqliteCatalog> catalog_;
};

TEST_F(CatalogPlans, ListingsOfMediaNeverSort) {
  for (unsigned mask = 0; mask < 128; ++mask) {
    MediaQuery query;
    if (mask & 1) query.imei = tests::device();
    if (mask & 2) query.camera = base::Camera::front;
    if (mask & 4) query.kind = base::MediaKind::photo;
    if (mask & 8) query.trigger = "crash";
    if (mask & 16) query.from = tests::at(0);
    if (mask & 32) query.to = tests::at(1);
    if (mask & 64) query.cursor = encode_cursor(Listing::media, {});
    expect_ordered_by_index(sql::media_query(query, sql::Dialect::sqlite)->sql);
  }
}

TEST_F(CatalogPlans, APageContinuesInsideOfTheIndex) {
  MediaQuery query;
  query.imei = tests::device();
  query.camera = base::Camera::front;
  query.cursor = encode_cursor(Listing::media, {});
  EXPECT_THAT(column("EXPLAIN QUERY PLAN " + sql::media_query(query, sql::Dialect::sqlite)->sql, 3).at(0),
              HasSubstr("media_by_imei (imei=? AND (received_at,id)<(?,?))"));
}

TEST_F(CatalogPlans, ListingsOfTransfersNeverSort) {
  for (unsigned mask = 0; mask < 8; ++mask) {
    TransferQuery query;
    if (mask & 1) query.imei = tests::device();
    if (mask & 2) query.state = "failed";
    if (mask & 4) query.cursor = encode_cursor(Listing::transfers, {});
    expect_ordered_by_index(sql::transfers_query(query, sql::Dialect::sqlite)->sql);
  }
}

TEST_F(CatalogPlans, TheOldestFilesComeOutOfAnIndex) {
  for (unsigned mask = 0; mask < 8; ++mask) {
    OldestQuery query;
    if (mask & 1) query.imei = tests::device();
    if (mask & 2) query.received_before = tests::at(0);
    if (mask & 4) query.after = AgeMark{};
    expect_ordered_by_index(sql::oldest_query(query, sql::Dialect::sqlite).sql);
  }
}

TEST_F(CatalogPlans, ListingsOfJobsNeverSort) {
  for (unsigned mask = 0; mask < 8; ++mask) {
    JobQuery query;
    if (mask & 1) query.imei = tests::device();
    if (mask & 2) query.state = JobState::failed;
    if (mask & 4) query.cursor = encode_cursor(Listing::jobs, {});
    const std::string sql = sql::jobs_query(query, sql::Dialect::sqlite)->sql;
    // Without a filter: the table is in this order itself, and is walked from its end.
    const auto plan = column("EXPLAIN QUERY PLAN " + sql, 3);
    if (mask == 0) {
      EXPECT_THAT(plan, testing::ElementsAre("SCAN jobs"));
    } else if (mask == 4) {
      EXPECT_THAT(plan, testing::ElementsAre(HasSubstr("USING PRIMARY KEY ((media_id,task)<")));
    } else {
      expect_ordered_by_index(sql);
    }
  }
}

TEST_F(CatalogPlans, ListingsOfDeviceEventsNeverSort) {
  for (unsigned mask = 0; mask < 32; ++mask) {
    DeviceEventQuery query;
    if (mask & 1) query.imei = tests::device();
    if (mask & 2) query.kind = DeviceEventKind::sos;
    if (mask & 4) query.from = tests::at(0);
    if (mask & 8) query.to = tests::at(1);
    if (mask & 16) query.cursor = encode_cursor(Listing::device_events, {});
    expect_ordered_by_index(sql::device_events_query(query, sql::Dialect::sqlite)->sql);
  }
  EXPECT_THAT(column("EXPLAIN QUERY PLAN " + sql::unhandled_events_sql(sql::Dialect::sqlite), 3),
              testing::ElementsAre("SCAN device_events USING INDEX device_events_unhandled"));
}

TEST_F(CatalogPlans, ListingsOfCapturesNeverSort) {
  for (unsigned mask = 0; mask < 8; ++mask) {
    CaptureQuery query;
    if (mask & 1) query.imei = tests::device();
    if (mask & 2) query.state = CaptureState::failed;
    if (mask & 4) query.cursor = encode_cursor(Listing::captures, {});
    const std::string sql = sql::captures_query(query, sql::Dialect::sqlite)->sql;
    // Without a filter: the table is in this order itself, and is walked from its end.
    const auto plan = column("EXPLAIN QUERY PLAN " + sql, 3);
    if (mask == 0) {
      EXPECT_THAT(plan, testing::ElementsAre("SCAN capture_requests"));
    } else if (mask == 4) {
      EXPECT_THAT(plan, testing::ElementsAre("SEARCH capture_requests USING PRIMARY KEY (id<?)"));
    } else {
      expect_ordered_by_index(sql);
    }
  }
}

TEST_F(CatalogPlans, ListingsOfTheRelayNeverSort) {
  for (unsigned mask = 0; mask < 1024; ++mask) {
    TriggerQuery query;
    if (mask & 1) query.incoming = (mask & 2) != 0;
    if (mask & 4) query.protocol = "shogun";
    if (mask & 8) query.endpoint = "stage";
    if (mask & 16) query.rule = "pitch";
    if (mask & 32) query.outcome = "sent";
    if (mask & 64) query.take_id = base::Uuid();
    if (mask & 128) query.cause = base::Uuid();
    if (mask & 256) query.from = tests::at(0), query.to = tests::at(1);
    if (mask & 512) query.cursor = encode_cursor(Listing::triggers, {});
    expect_ordered_by_index(sql::triggers_query(query, sql::Dialect::sqlite)->sql);
  }
  for (const auto* cursor : {"", "next"})
    expect_ordered_by_index(sql::takes_query(10, *cursor == 0 ? "" : encode_cursor(Listing::takes, {}))->sql);
}

TEST_F(CatalogPlans, APageOfTheRelayContinuesInsideOfItsIndex) {
  const auto plan_of = [&](const TriggerQuery& query) {
    return column("EXPLAIN QUERY PLAN " + sql::triggers_query(query, sql::Dialect::sqlite)->sql, 3).at(0);
  };
  const std::string cursor = encode_cursor(Listing::triggers, {});
  EXPECT_THAT(plan_of({.endpoint = "e", .cursor = cursor}),
              HasSubstr("relay_triggers_by_endpoint (endpoint=? AND id<?)"));
  EXPECT_THAT(plan_of({.rule = "r", .cursor = cursor}), HasSubstr("relay_triggers_by_rule (rule=? AND id<?)"));
  EXPECT_THAT(plan_of({.cause = base::Uuid(), .cursor = cursor}), HasSubstr("by_cause (cause=? AND id<?)"));
  EXPECT_THAT(plan_of({.incoming = false, .cursor = cursor}), HasSubstr("relay_triggers_done (id<?)"));
  EXPECT_THAT(plan_of({.from = tests::at(0), .to = tests::at(1)}), HasSubstr("(id>? AND id<?)"));
}

// The log is the index: what is read or removed of it is one range, and its end is looked up.
TEST_F(CatalogPlans, TheImagesOfACameraAreARange) {
  const auto plan_of = [&](std::string_view sql) { return column(fmt::format("EXPLAIN QUERY PLAN {}", sql), 3); };
  const std::string camera = "SEARCH mavlink_images USING PRIMARY KEY (node=? AND camera=?";
  EXPECT_THAT(plan_of(sql::images_sql), testing::ElementsAre(camera + " AND image_index>? AND image_index<?)"));
  EXPECT_THAT(plan_of(sql::last_image_sql), testing::ElementsAre(camera + ")"));
  EXPECT_THAT(plan_of(sql::prune_images_sql),
              testing::ElementsAre(camera + " AND image_index<?)", "SCALAR SUBQUERY 1", camera + ")"));
}

TEST_F(CatalogPlans, WhatIsToBeDoneComesOutOfAnIndex) {
  constexpr auto sqlite = sql::Dialect::sqlite;
  const std::vector<std::pair<std::string, std::string>> asked{
      {sql::CaptureWindow::subquery(1), "capture_parts_matching (imei=? AND kind=? AND matches_at>? AND matches_at<?)"},
      {sql::parts_to_send_sql(CaptureChannel::avl, sqlite), "capture_parts_queue (channel=?)"},
      {sql::parts_to_send_sql(CaptureChannel::sms, sqlite), "capture_parts_queue (channel=?)"},
      {sql::parts_due_sql(sqlite), "capture_parts_due (due_at<?)"},
      {sql::parts_past_deadline_sql(sqlite), "capture_parts_deadline (deadline<?)"},
      {sql::awaiting_reply_sql(sqlite), "capture_parts_open (imei=? AND state=?)"},
      {sql::same_request_sql(sqlite), "capture_requests_same (imei=? AND begins_at=? AND duration_s=? AND cameras=?)"},
      {sql::ended_requests_sql(sqlite), "capture_requests_by_state (state=? AND id<?)"},
  };
  for (const auto& [sql, index] : asked) {
    std::string plan;
    for (const auto& line : column("EXPLAIN QUERY PLAN " + sql, 3)) plan += line + "\n";
    EXPECT_THAT(plan, HasSubstr(index)) << sql;
    EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << plan << sql;
  }
  EXPECT_THAT(
      column("EXPLAIN QUERY PLAN " + sql::count_captures_sql(sqlite), 3),
      testing::ElementsAre("SCAN capture_parts USING INDEX capture_parts_open", "USE TEMP B-TREE FOR GROUP BY"));
}

TEST_F(CatalogPlans, ATrackIsARangeOfItsIndex) {
  EXPECT_THAT(column(fmt::format("EXPLAIN QUERY PLAN {}", sql::track_records_sql(sql::Dialect::sqlite)), 3),
              testing::ElementsAre("SEARCH tracks USING INDEX tracks_by_imei (imei=? AND last_at>? AND last_at<?)"));
  for (const auto sql :
       {sql::forget_tracks_sql(sql::Dialect::sqlite), sql::forget_device_events_sql(sql::Dialect::sqlite)})
    for (const auto& line : column(fmt::format("EXPLAIN QUERY PLAN {}", sql), 3)) {
      EXPECT_THAT(line, Not(HasSubstr("SCAN"))) << sql;
      EXPECT_THAT(line, Not(HasSubstr("B-TREE"))) << sql;
    }
}

TEST_F(CatalogPlans, TheNextJobIsTheFirstOfAnIndex) {
  for (const auto& sql : {sql::may_take_sql(sql::Dialect::sqlite), sql::settle_sql(sql::Dialect::sqlite),
                          sql::take_sql(sql::Dialect::sqlite)}) {
    for (const auto& line : column("EXPLAIN QUERY PLAN " + sql, 3)) {
      EXPECT_THAT(line, Not(HasSubstr("B-TREE"))) << sql;
      if (!line.starts_with("SCAN") || line == "SCAN CONSTANT ROW" || line == "SCAN over") continue;
      EXPECT_EQ(line, "SCAN jobs USING INDEX jobs_next") << "in its order, for one row\n" << sql;
    }
  }
  EXPECT_THAT(column(fmt::format("EXPLAIN QUERY PLAN {}", sql::count_jobs_sql), 3),
              testing::Contains("SEARCH jobs USING COVERING INDEX jobs_by_state (state=?)"));
}

// Collects the text of every statement that any connection of this process runs.
class StatementLog {
 public:
  StatementLog() { sqlite3_auto_extension(entry_point()); }
  StatementLog(const StatementLog&) = delete;
  StatementLog& operator=(const StatementLog&) = delete;
  ~StatementLog() { sqlite3_cancel_auto_extension(entry_point()); }

  static std::set<std::string>& statements() {
    static std::set<std::string> all;
    return all;
  }

 private:
  static void (*entry_point())() { return reinterpret_cast<void (*)()>(watch); }
  static int watch(sqlite3* handle, char**, const void*) {
    return sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, note, nullptr);
  }
  static int note(unsigned, void*, void* statement, void*) {
    statements().insert(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
    return 0;
  }
};

TEST_F(CatalogPlans, NoStatementWalksThroughALargeTable) {
  {
    const StatementLog log;
    const auto catalog = open({.kept_transfers = 10, .prune_interval = 1});
    const Media media = tests::photo();
    ASSERT_TRUE(catalog->commit_media(media));
    ASSERT_TRUE(catalog->commit_media(media));  // the second time through the row that stands
    ASSERT_TRUE(catalog->find_media(media.id));
    ASSERT_TRUE(catalog->find_stored_file({media.imei, media.name, *media.captured_at, 13, true}));
    ASSERT_TRUE(catalog->record_transfer(tests::transfer()));
    ASSERT_TRUE(catalog->touch_device(media.imei, 5, "", tests::at(0)));
    ASSERT_TRUE(catalog->find_device(media.imei));
    auto& keeping = catalog->keeping();
    ASSERT_TRUE(keeping.hold_media(media.id, "r", tests::at(0)));
    ASSERT_TRUE(keeping.kept_totals());
    ASSERT_TRUE(keeping.release_media(media.id));
    ASSERT_TRUE(keeping.media_behind("", 10));
    ASSERT_TRUE(keeping.find_media_of(media.object_key));
    ASSERT_TRUE(keeping.oldest_media({.received_before = tests::at(0)}));
    auto& jobs = catalog->jobs();
    ASSERT_TRUE(jobs.renew_job(media.id, JobTask::preview, "w", 1, std::chrono::hours(1)));
    ASSERT_TRUE(jobs.hurry_job(media.id, JobTask::preview));
    ASSERT_TRUE(jobs.retry_job(media.id, JobTask::preview));
    ASSERT_TRUE(jobs.jobs_of(std::vector{media.id}));
    ASSERT_TRUE(jobs.derived_of(media.id));
    ASSERT_TRUE(jobs.find_probe(media.id));
    ASSERT_TRUE(jobs.derived_behind("", 10));
    ASSERT_TRUE(jobs.make_again({.media_id = media.id, .object_key = "derived/x"}));
    ASSERT_TRUE(keeping.delete_media(media.imei, std::vector{media.id}, "r", tests::at(0)));
    ASSERT_TRUE(keeping.pending_removals(std::nullopt, 10));
    ASSERT_TRUE(keeping.mark_removed(std::vector{media.id}));
    ASSERT_TRUE(keeping.find_tombstone(media.id));
    ASSERT_TRUE(keeping.find_tombstone_of(media.object_key));
    auto& tracking = catalog->tracking();
    ASSERT_TRUE(tracking.append_records(std::vector{TrackRecords{.imei = media.imei}},
                                        std::vector{DeviceState{.imei = media.imei}}));
    const DeviceEvent event{.id = media.id, .imei = media.imei};
    ASSERT_TRUE(tracking.add_device_event(event));
    ASSERT_TRUE(tracking.find_device_event(event.id));
    ASSERT_TRUE(tracking.mark_handled(event.id));
    ASSERT_TRUE(tracking.find_device_state(media.imei));
    ASSERT_TRUE(tracking.track_records(media.imei, tests::at(0), tests::at(1), 10));
    ASSERT_TRUE(tracking.open_link({.imei = media.imei, .node = "n", .session = "s"}));
    ASSERT_TRUE(tracking.find_link(media.imei));
    ASSERT_TRUE(tracking.links_of("n"));
    ASSERT_TRUE(tracking.close_link(media.imei, "s2"));
    ASSERT_TRUE(tracking.close_links_of("n"));
    ASSERT_TRUE(tracking.forget_records(tests::at(0), 10));
    auto& captures = catalog->captures();
    ASSERT_TRUE(captures.set_capture_profile(media.imei, "classic"));
    ASSERT_TRUE(captures.capture_profile(media.imei));
    CaptureRequest request{.id = media.id, .imei = media.imei, .deadline = tests::at(9)};
    request.parts.push_back(
        {.id = media.id, .request_id = media.id, .imei = media.imei, .files = {{base::Camera::front, {}}}});
    ASSERT_TRUE(captures.add_capture(request));
    ASSERT_TRUE(tracking.open_link({.imei = media.imei, .node = "n", .session = "s"}));
    ASSERT_EQ(captures.take_captures("n", 10, {}, tests::at(1))->size(), 1U);
    ASSERT_TRUE(*captures.capture_accepted(media.id, "", {}, tests::at(1)));
    ASSERT_TRUE(captures.camera_connected(media.imei, {}, tests::at(1)));
    ASSERT_TRUE(captures.awaiting_reply(media.imei, CaptureChannel::avl));
    ASSERT_EQ(*captures.settle_captures({}, tests::at(10), 10), 1U);
    const Media asked_for = tests::photo(media.imei, tests::at(11));
    ASSERT_EQ(catalog->commit_media(asked_for)->request_id, media.id.str());
    ASSERT_EQ(captures.forget_captures(tests::at(100), 10), 1U);
    auto& relay = catalog->relay();
    ASSERT_TRUE(relay.note({.triggers = {{.id = media.id}},
                            .takes = {{.id = media.id, .number = 1}},
                            .pending = {{.id = media.id, .node = "n"}},
                            .settled = {media.id}}));
    ASSERT_TRUE(relay.find_trigger(media.id));
    ASSERT_TRUE(relay.find_take(media.id));
    ASSERT_TRUE(relay.pending("n"));
    ASSERT_TRUE(relay.rules());
    ASSERT_TRUE(relay.set_rules("[]", 0, tests::at(0)));
    ASSERT_TRUE(relay.set_arm({.scope = "global"}));
    ASSERT_TRUE(relay.set_latency({.target = "t"}));
    ASSERT_TRUE(relay.end_left_open("n", "ended"));
    ASSERT_TRUE(relay.forget_triggers(tests::at(0), 10));
    auto& mavlink = catalog->mavlink();
    ASSERT_TRUE(mavlink.add_images("n", std::vector<MavlinkImage>(1)));
    ASSERT_TRUE(mavlink.images("n", "c", 0, 9, 10));
    ASSERT_TRUE(mavlink.image_count("n", "c"));
    ASSERT_TRUE(mavlink.forget_images("n", "c"));
    ASSERT_TRUE(mavlink.set_numbers("n", std::vector<MavlinkNumber>(1)));
    ASSERT_TRUE(mavlink.numbers("n"));
    ASSERT_TRUE(keeping.claim_chore("scrub", "n", std::chrono::hours(1)));
  }
  std::size_t checked = 0;
  for (const auto& sql : StatementLog::statements()) {
    if (!sql.starts_with("SELECT") && !sql.starts_with("INSERT") && !sql.starts_with("UPDATE") &&
        !sql.starts_with("DELETE"))
      continue;
    if (sql.find("schema") != std::string::npos) continue;
    if (sql.find("json_each") != std::string::npos) continue;  // walks through the list it was given
    ++checked;
    if (sql.find(" FROM devices") != std::string::npos && sql.find("SUM(") != std::string::npos) continue;  // thousands
    for (const auto& line : column("EXPLAIN QUERY PLAN " + sql, 3))
      EXPECT_TRUE(!line.starts_with("SCAN") || line.find("COVERING INDEX") != std::string::npos) << line << "\n" << sql;
  }
  EXPECT_GE(checked, 10U);
}

TEST_F(CatalogPlans, WhatADeviceHasSentAndWhoIsLimitedComeOutOfAnIndex) {
  {
    const StatementLog log;
    const auto catalog = open();
    ASSERT_TRUE(catalog->read_intake({tests::device(), tests::at(0), std::chrono::minutes{1}, 10}));
    ASSERT_TRUE(catalog->limited_devices(10));
  }
  std::string plans;
  for (const auto& sql : StatementLog::statements())
    if (sql.find("GROUP BY part") != std::string::npos || sql.find("SELECT imei, intake") != std::string::npos)
      for (const auto& line : column("EXPLAIN QUERY PLAN " + sql, 3)) plans += line + "\n";
  EXPECT_THAT(plans, HasSubstr("SEARCH media USING INDEX media_by_imei (imei=? AND received_at>?)")) << plans;
  EXPECT_THAT(plans, HasSubstr("devices USING INDEX devices_limited")) << plans;
}

}  // namespace
}  // namespace storage::sqlite
