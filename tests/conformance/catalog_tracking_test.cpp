// Tracks, states, events and links of trackers: the same on every catalog.
#include <algorithm>

#include "tests/conformance/catalog_fixture.hpp"

namespace tests {
namespace {

using storage::DeviceEvent;
using storage::DeviceEventKind;
using storage::DeviceEventQuery;
using storage::DeviceState;
using storage::Lasting;
using storage::Place;
using storage::TrackerLink;
using storage::TrackRecords;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr std::uint32_t many = 1'000;

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes + R"("\,{}NULL)";
}

TrackRecords track(std::int64_t first, std::int64_t last, std::string bytes = "r", base::Imei imei = device()) {
  return {
      .imei = imei, .first_at = at(first), .last_at = at(last), .codec = 0x8e, .count = 2, .bytes = std::move(bytes)};
}

Place place(double latitude = 54.6872) {
  return {.latitude = latitude,
          .longitude = -25.2797,
          .altitude_m = -7,
          .angle_deg = 359,
          .satellites = 11,
          .speed_kmh = 90};
}

DeviceState state(std::int64_t recorded, base::Imei imei = device()) {
  return {.imei = imei, .recorded_at = at(recorded), .received_at = at(recorded + 500)};
}

DeviceEvent event(std::int64_t when, DeviceEventKind kind = DeviceEventKind::sos, base::Imei imei = device(),
                  std::uint32_t value = 3) {
  return {.id = base::Uuid::v7(at(when)),
          .imei = imei,
          .kind = kind,
          .at = at(when),
          .received_at = at(when + 700),
          .value = value,
          .name = "crash",
          .place = place()};
}

class CatalogTracking : public CatalogTest {
 protected:
  storage::TrackingCatalog& tracking() { return catalog_->tracking(); }

  void append(const std::vector<TrackRecords>& records, const std::vector<DeviceState>& states = {}) {
    const auto done = tracking().append_records(records, states);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::vector<std::string> between(std::int64_t from, std::int64_t to, std::uint32_t limit = many,
                                   base::Imei imei = device()) {
    const auto found = tracking().track_records(imei, at(from), at(to), limit);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> bytes;
    if (found)
      for (const auto& each : *found) bytes.push_back(each.bytes);
    return bytes;
  }
  DeviceState known(base::Imei imei = device()) { return tracking().find_device_state(imei).value().value(); }
  bool add(const DeviceEvent& each) {
    const auto added = tracking().add_device_event(each);
    EXPECT_TRUE(added) << added.error().message;
    return added.value_or(false);
  }
  std::vector<base::Uuid> events(const DeviceEventQuery& query) {
    const auto page = tracking().list_device_events(query);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<base::Uuid> found;
    if (page)
      for (const auto& each : page->items) found.push_back(each.id);
    return found;
  }
  std::vector<base::Uuid> unhandled(std::uint32_t limit = many) {
    const auto all = tracking().unhandled_events(limit).value();
    std::vector<base::Uuid> found;
    for (const auto& each : all) found.push_back(each.id);
    return found;
  }
  void link(const std::string& node, const std::string& session, base::Imei imei = device()) {
    const auto opened =
        tracking().open_link({.imei = imei, .node = node, .session = session, .peer = "192.0.2.1:7", .since = at(5)});
    ASSERT_TRUE(opened) << opened.error().message;
  }
  std::vector<std::string> sessions(const std::string& node) {
    const auto all = tracking().links_of(node).value();
    std::vector<std::string> found;
    for (const auto& each : all) found.push_back(each.session);
    return found;
  }
};

// ---- Records

TEST_P(CatalogTracking, RecordsAreGivenBackAsTheyCame) {
  TrackRecords sent = track(-5, 1'000, every_byte());
  sent.codec = 0x08;
  sent.count = 255;
  append({sent});
  const auto found = tracking().track_records(device(), at(0), at(1), many).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].imei, sent.imei);
  EXPECT_EQ(found[0].first_at, sent.first_at);
  EXPECT_EQ(found[0].last_at, sent.last_at);
  EXPECT_EQ(found[0].codec, sent.codec);
  EXPECT_EQ(found[0].count, sent.count);
  EXPECT_EQ(found[0].bytes, sent.bytes);
}

TEST_P(CatalogTracking, WhatCameTwiceIsThereOnce) {
  append({track(1, 2, "a"), track(1, 2, "a"), track(1, 2, "b")});
  append({track(1, 2, "a"), track(1, 3, "a"), track(0, 2, "a"), track(1, 2, "a", device(1))});
  EXPECT_THAT(between(0, 10), testing::UnorderedElementsAre("a", "a", "a", "b"));
  EXPECT_THAT(between(0, 10, many, device(1)), ElementsAre("a"));
}

TEST_P(CatalogTracking, ATrackHasWhateverHasAPartInItsTime) {
  const auto hour = std::chrono::milliseconds(storage::longest_track_span).count();
  append({track(-hour, -1, "before"), track(-hour, 0, "into"), track(3, 5, "inside"), track(9, 9 + hour, "out of"),
          track(10, 10, "behind"), track(4, 4, "other", device(1))});
  EXPECT_THAT(between(0, 10), ElementsAre("into", "inside", "out of")) << "by their ends";
  EXPECT_THAT(between(0, 10, 2), ElementsAre("into", "inside"));
  EXPECT_THAT(between(1, 3), IsEmpty());
  EXPECT_THAT(between(5, 6), ElementsAre("inside"));
  EXPECT_THAT(tracking().track_records(device(), base::UtcTime::min(), base::UtcTime::max(), many).value(), SizeIs(5));
}

TEST_P(CatalogTracking, ThousandsAtOnce) {
  std::vector<TrackRecords> records;
  std::vector<DeviceState> states;
  for (std::int64_t i = 2'500; i-- > 0;) {
    const auto imei = device(static_cast<std::uint64_t>(i));
    records.push_back(track(i, i, every_byte(), imei));
    states.push_back(state(i, imei));
  }
  append(records, states);
  append(records, states);
  const auto known_states = tracking().device_states().value();
  ASSERT_THAT(known_states, SizeIs(2'500));
  EXPECT_TRUE(std::ranges::is_sorted(known_states, {}, &DeviceState::imei));
  for (std::int64_t i = 0; i < 2'500; i += 499)
    EXPECT_THAT(between(i, i + 1, many, device(static_cast<std::uint64_t>(i))), ElementsAre(every_byte()));
  EXPECT_THAT(catalog_->list_devices().value(), SizeIs(2'500)) << "each device once";
}

TEST_P(CatalogTracking, WhoeverSaysHowItIsHasARow) {
  append({}, {state(1), state(1, device(1))});
  append({}, {state(2), state(2, device(2))});
  const auto devices = catalog_->list_devices().value();
  ASSERT_EQ(devices.size(), 3U) << "datagrams have no link that would make it";
  for (std::uint64_t i = 0; i < devices.size(); ++i) EXPECT_EQ(devices[i].imei, device(i));
  EXPECT_EQ(devices[0].first_seen, at(501));
}

TEST_P(CatalogTracking, NothingIsNothing) {
  EXPECT_TRUE(tracking().append_records({}, {}));
  EXPECT_THAT(between(0, 10), IsEmpty());
  EXPECT_FALSE(tracking().find_device_state(device()).value());
  EXPECT_FALSE(tracking().find_device_event(base::Uuid::v7(at(0))).value());
  EXPECT_FALSE(tracking().find_link(device()).value());
  EXPECT_TRUE(tracking().mark_handled(base::Uuid::v7(at(0))));
  EXPECT_TRUE(tracking().close_link(device(), "s"));
  EXPECT_TRUE(tracking().close_links_of("n"));
  EXPECT_EQ(tracking().forget_records(at(0), 10).value(), 0U);
}

// ---- States

TEST_P(CatalogTracking, AStateIsGivenBackAsItIs) {
  DeviceState full = state(100);
  full.place = place();
  full.place_at = at(90);
  full.ignition = Lasting{1, at(10)};
  full.front_camera = Lasting{0, at(20)};
  full.rear_camera = Lasting{4, at(30)};
  const DeviceState bare = state(7, device(1));
  append({}, {bare, full});
  EXPECT_EQ(known(), full);
  EXPECT_EQ(known(device(1)), bare);
  EXPECT_THAT(tracking().device_states().value(), ElementsAre(full, bare));
}

TEST_P(CatalogTracking, TheLatestStateStands) {
  DeviceState first = state(100);
  first.ignition = Lasting{1, at(100)};
  append({}, {first});
  DeviceState late = state(99);
  late.received_at = at(9'000);
  late.ignition = Lasting{0, at(99)};
  append({}, {late});
  EXPECT_EQ(known(), first) << "what was buffered comes behind what is newer";
  DeviceState next = state(101);
  next.ignition = Lasting{0, at(101)};
  append({}, {next});
  EXPECT_EQ(known(), next);
  next.front_camera = Lasting{1, at(101)};
  append({}, {next});
  EXPECT_EQ(known(), next) << "two records of one moment";
}

TEST_P(CatalogTracking, AValueThatStaysKeepsItsTime) {
  DeviceState now = state(100);
  now.ignition = Lasting{1, at(50)};
  now.rear_camera = Lasting{2, at(60)};
  append({}, {now});
  DeviceState later = state(200);
  later.ignition = Lasting{1, at(200)};
  later.rear_camera = Lasting{3, at(200)};
  append({}, {later});
  EXPECT_EQ(known().ignition, (Lasting{1, at(50)}));
  EXPECT_EQ(known().rear_camera, (Lasting{3, at(200)}));
}

TEST_P(CatalogTracking, WhatIsNotSaidIsStillKnown) {
  DeviceState full = state(100);
  full.place = place();
  full.place_at = at(100);
  full.ignition = Lasting{1, at(50)};
  full.front_camera = Lasting{0, at(50)};
  full.rear_camera = Lasting{0, at(50)};
  append({}, {full});
  DeviceState later = state(200);
  later.rear_camera = Lasting{1, at(200)};
  append({}, {later});
  full.recorded_at = later.recorded_at;
  full.received_at = later.received_at;
  full.rear_camera = later.rear_camera;
  EXPECT_EQ(known(), full);
  later = state(300);
  later.place = place(0.5);  // its time: that of the record
  append({}, {later});
  EXPECT_EQ(known().place, place(0.5));
  EXPECT_EQ(known().place_at, at(300));
}

TEST_P(CatalogTracking, TwoStatesOfADeviceAreRefusedWithTheirRecords) {
  const auto done = tracking().append_records(std::vector{track(1, 2)}, std::vector{state(1), state(2)});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Errc::invalid);
  EXPECT_THAT(done.error().message, HasSubstr(device().str()));
  EXPECT_THAT(between(0, 10), IsEmpty());
}

// ---- Events

TEST_P(CatalogTracking, AnEventIsGivenBackAsItIs) {
  DeviceEvent sent = event(100, DeviceEventKind::rear_camera, device(), 4'000'000'000);
  sent.name = "no_\"card\"";
  ASSERT_TRUE(add(sent));
  DeviceEvent bare = event(200);
  bare.place.reset();
  ASSERT_TRUE(add(bare));
  const auto found = tracking().find_device_event(sent.id).value().value();
  EXPECT_EQ(found.id, sent.id);
  EXPECT_EQ(found.imei, sent.imei);
  EXPECT_EQ(found.kind, sent.kind);
  EXPECT_EQ(found.at, sent.at);
  EXPECT_EQ(found.received_at, sent.received_at);
  EXPECT_EQ(found.value, sent.value);
  EXPECT_EQ(found.name, sent.name);
  EXPECT_EQ(found.place, sent.place);
  EXPECT_FALSE(tracking().find_device_event(bare.id).value()->place);
  const auto made = catalog_->find_device(device()).value();
  ASSERT_TRUE(made) << "one that never came";
  EXPECT_EQ(made->first_seen, sent.received_at);
}

TEST_P(CatalogTracking, AnEventIsAddedOnce) {
  ASSERT_TRUE(add(event(100)));
  EXPECT_FALSE(add(event(100)));
  EXPECT_TRUE(add(event(101)));
  EXPECT_TRUE(add(event(100, DeviceEventKind::front_camera)));
  EXPECT_TRUE(add(event(100, DeviceEventKind::sos, device(1))));
  EXPECT_TRUE(add(event(100, DeviceEventKind::sos, device(), 4)));
  EXPECT_THAT(events({}), SizeIs(5));
}

TEST_P(CatalogTracking, EventsAreListedByWhatIsAskedFor) {
  const auto sos = event(100);
  const auto front = event(300, DeviceEventKind::front_camera);
  const auto others = event(200, DeviceEventKind::sos, device(1));
  for (const auto& each : {sos, front, others}) ASSERT_TRUE(add(each));
  EXPECT_THAT(events({}), ElementsAre(front.id, others.id, sos.id));
  EXPECT_THAT(events({.imei = device()}), ElementsAre(front.id, sos.id));
  EXPECT_THAT(events({.kind = DeviceEventKind::sos}), ElementsAre(others.id, sos.id));
  EXPECT_THAT(events({.imei = device(), .kind = DeviceEventKind::sos}), ElementsAre(sos.id));
  EXPECT_THAT(events({.from = at(200), .to = at(300)}), ElementsAre(others.id));
}

TEST_P(CatalogTracking, PagesOfEventsGoOnWhereTheyEnded) {
  std::vector<base::Uuid> all;
  for (std::uint32_t i = 0; i < 7; ++i) {
    const auto each = event(i / 3, DeviceEventKind::sos, device(), i);  // of the same moment, by id
    ASSERT_TRUE(add(each));
    all.push_back(each.id);
  }
  std::ranges::sort(all, std::greater(),
                    [&](const base::Uuid& id) { return std::pair(tracking().find_device_event(id).value()->at, id); });
  std::vector<base::Uuid> walked;
  DeviceEventQuery query{.limit = 2};
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = tracking().list_device_events(query).value();
    for (const auto& each : page.items) walked.push_back(each.id);
    query.cursor = page.next_cursor;
  }
  EXPECT_EQ(query.cursor, "");
  EXPECT_EQ(walked, all);
  EXPECT_EQ(tracking().list_device_events({.cursor = "x"}).error().code, base::Errc::invalid);
  EXPECT_EQ(tracking().list_device_events({.limit = 0}).error().code, base::Errc::invalid);
}

TEST_P(CatalogTracking, EveryEventIsLookedAtOnceInTheOrderInWhichTheyCame) {
  const auto first = event(300);
  const auto second = event(100);
  const auto third = event(200, DeviceEventKind::sos, device(1));
  for (const auto& each : {first, second, third}) ASSERT_TRUE(add(each));
  EXPECT_THAT(unhandled(), ElementsAre(first.id, second.id, third.id));
  EXPECT_THAT(unhandled(2), ElementsAre(first.id, second.id));
  ASSERT_TRUE(tracking().mark_handled(second.id));
  ASSERT_TRUE(tracking().mark_handled(second.id));
  EXPECT_THAT(unhandled(), ElementsAre(first.id, third.id));
  EXPECT_FALSE(add(event(100))) << "it stays known";
  EXPECT_THAT(unhandled(), SizeIs(2));
}

// ---- Retention

TEST_P(CatalogTracking, TheOldestAreForgottenFirst) {
  append({track(0, 10, "a"), track(0, 20, "b"), track(0, 30, "c")}, {state(30)});
  ASSERT_TRUE(add(event(5)));
  const auto kept = event(30);
  ASSERT_TRUE(add(kept));
  EXPECT_EQ(tracking().forget_records(at(30), 1).value(), 1U);
  EXPECT_THAT(between(0, 100), ElementsAre("b", "c"));
  EXPECT_EQ(tracking().forget_records(at(30), 2).value(), 2U) << "a record and an event";
  EXPECT_THAT(between(0, 100), ElementsAre("c"));
  EXPECT_THAT(events({}), ElementsAre(kept.id));
  EXPECT_EQ(tracking().forget_records(at(30), 2).value(), 0U);
  EXPECT_EQ(known().recorded_at, at(30)) << "how it was last is still known";
}

// ---- Links

TEST_P(CatalogTracking, ALinkThatIsWrittenDownLateDoesNotTakeANewerOnesPlace) {
  const auto open = [&](const std::string& session, std::int64_t since) {
    ASSERT_TRUE(
        tracking().open_link({.imei = device(), .node = "n-" + session, .session = session, .since = at(since)}));
  };
  const auto stands = [&] { return tracking().find_link(device()).value().value().session; };
  open("new", 60'000);
  open("late", 54'999);
  EXPECT_EQ(stands(), "new");
  EXPECT_THAT(sessions("n-late"), IsEmpty());
  open("with another clock", 55'000);
  EXPECT_EQ(stands(), "with another clock") << "the tracker went on to a node whose clock is behind";
  open("newer", 60'001);
  EXPECT_EQ(stands(), "newer");
}

TEST_P(CatalogTracking, TheNewestLinkTakesThePlaceOfTheOther) {
  link("a", "1");
  const auto found = tracking().find_link(device()).value().value();
  EXPECT_EQ(found.imei, device());
  EXPECT_EQ(found.node, "a");
  EXPECT_EQ(found.session, "1");
  EXPECT_EQ(found.peer, "192.0.2.1:7");
  EXPECT_EQ(found.since, at(5));
  EXPECT_EQ(catalog_->find_device(device()).value()->first_seen, at(5)) << "one that never came";
  link("b", "2");
  EXPECT_THAT(sessions("a"), IsEmpty());
  ASSERT_TRUE(tracking().close_link(device(), "1"));
  EXPECT_THAT(sessions("b"), ElementsAre("2")) << "the old one ends late";
  ASSERT_TRUE(tracking().close_link(device(), "2"));
  EXPECT_FALSE(tracking().find_link(device()).value());
}

TEST_P(CatalogTracking, TheLinksOfANodeThatIsOver) {
  link("a", "1", device(2));
  link("a", "2", device(1));
  link("b", "3", device(0));
  EXPECT_THAT(sessions("a"), ElementsAre("2", "1")) << "by IMEI";
  ASSERT_TRUE(tracking().close_links_of("a"));
  EXPECT_THAT(sessions("a"), IsEmpty());
  EXPECT_THAT(sessions("b"), ElementsAre("3"));
}

TEST(DeviceEventKinds, HaveNames) {
  for (const auto kind : {DeviceEventKind::sos, DeviceEventKind::front_camera, DeviceEventKind::rear_camera})
    EXPECT_EQ(storage::parse_device_event_kind(to_string(kind)), kind);
  EXPECT_FALSE(storage::parse_device_event_kind("unknown"));
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogTracking, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
