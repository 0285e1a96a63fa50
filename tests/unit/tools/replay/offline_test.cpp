#include "tools/replay/offline.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/tools/replay/virtual_server.hpp"
#include "tools/replay/class_order.hpp"
#include "tools/replay/diff.hpp"

namespace replay {
namespace {

using captures::Event;
using captures::Side;
using test::Recipe;

struct Replayed {
  std::vector<std::string> lines;
  std::vector<OfflineResult> results;
};

Replayed replay_all(const captures::Capture& capture) {
  Replayed replayed;
  const auto files = captures::camera_files(capture);
  replayed.results = replay_offline(capture, files, test::all_of(capture), [&](const ActionLine& line) {
    replayed.lines.push_back(as_text(line));
    return true;
  });
  return replayed;
}

std::string differences(const captures::Capture& capture, const Replayed& replayed) {
  std::string text;
  for (const OfflineResult& each : replayed.results) {
    const DiffResult result = diff(capture.conversations[each.conversation - 1], each);
    for (const Difference& one : result.differences)
      text += "conversation " + std::to_string(each.conversation) + ", " + seconds_text(one.at) + ": recorded " +
              one.recorded + ", today " + one.today + "\n";
  }
  return text;
}

std::uint64_t stored(const Replayed& replayed) {
  std::uint64_t sum = 0;
  for (const OfflineResult& each : replayed.results) sum += each.stored_files;
  return sum;
}

// Every dialect, every fault, several dice.
class Offline : public testing::TestWithParam<std::tuple<sim::Dialect, unsigned>> {};

TEST_P(Offline, DoesTheSameAsTheServerThatWasRecorded) {
  const auto [dialect, seed] = GetParam();
  Recipe recipe{.dialect = dialect, .faults = sim::FaultOptions::all(), .seed = seed, .photos = 4};
  recipe.faults.scale(2);
  const auto recorded = test::record(recipe);
  ASSERT_TRUE(recorded->done);
  const Replayed replayed = replay_all(recorded->capture);
  EXPECT_EQ(differences(recorded->capture, replayed), "");
  EXPECT_GE(stored(replayed), test::stored_in(recorded->spool).size());
  EXPECT_EQ(replay_all(recorded->capture).lines, replayed.lines);
  for (const OfflineResult& each : replayed.results) EXPECT_TRUE(each.complete) << each.reason;
}

INSTANTIATE_TEST_SUITE_P(Dialects, Offline,
                         testing::Combine(testing::Values(sim::Dialect::identifiers, sim::Dialect::paths,
                                                          sim::Dialect::enhanced),
                                          testing::Range(1U, 9U)));

TEST(OfflineReplay, ARecordingThatBeginsWithAServerThatHasAPartAlready) {
  sim::FaultOptions cuts;
  cuts.probability[static_cast<std::size_t>(sim::Fault::cut)] = 0.03;
  const auto recorded = test::record({.faults = cuts, .seed = 3});
  ASSERT_TRUE(recorded->done);
  ASSERT_GE(recorded->capture.conversations.size(), 3U);
  captures::Capture rest;
  rest.conversations.assign(recorded->capture.conversations.begin() + 1, recorded->capture.conversations.end());
  const Replayed replayed = replay_all(rest);
  EXPECT_EQ(differences(rest, replayed), "");
  const bool seeded = std::ranges::any_of(replayed.lines, [](const std::string& line) {
    return line.find("from=the capture, as the recorded server had it") != std::string::npos;
  });
  EXPECT_TRUE(seeded);
}

TEST(OfflineReplay, AnotherOrderOfClassesIsTakenFromTheRecording) {
  using dualcam::FileClass;
  const dualcam::ClassOrder order{FileClass::video_front, FileClass::photo_rear, FileClass::photo_front,
                                  FileClass::video_rear, FileClass::path};
  const auto recorded = test::record({.photos = 2, .videos = 1, .order = order});
  ASSERT_TRUE(recorded->done);
  EXPECT_EQ(differences(recorded->capture, replay_all(recorded->capture)), "");
  const dualcam::ClassOrder found = class_order(recorded->capture.conversations.front());
  const auto place = [&](FileClass each) { return std::ranges::find(found, each) - found.begin(); };
  EXPECT_LT(place(FileClass::video_front), place(FileClass::photo_rear));
  EXPECT_LT(place(FileClass::photo_rear), place(FileClass::photo_front));
}

TEST(OfflineReplay, EveryActionHasItsTimeAndValues) {
  const auto recorded = test::record({.photos = 1});
  const Replayed replayed = replay_all(recorded->capture);
  const auto has = [&](std::string_view words) {
    return std::ranges::any_of(replayed.lines,
                               [&](const std::string& line) { return line.find(words) != std::string::npos; });
  };
  EXPECT_TRUE(has("identify  imei=356307042441013 protocol=5"));
  EXPECT_TRUE(has("send      META REQ %photof bytes=11"));
  EXPECT_TRUE(has("write     offset=1024 bytes=1024 hash="));
  EXPECT_TRUE(has("stored    file=%photof before=no"));
  EXPECT_TRUE(has("close     reason=every file is stored")) << replayed.lines.back();
  EXPECT_NE(replayed.lines.front().find("0.000000"), std::string::npos);
}

TEST(OfflineReplay, ADeviceThatIsSilentForTooLongFindsTheCoreGone) {
  const auto recorded = test::record({.photos = 1});
  for (const auto silence : {std::chrono::seconds{59}, std::chrono::seconds{61}}) {  // the core waits 60 s for INIT
    captures::Capture late = recorded->capture;
    auto& events = late.conversations.front().events;
    const auto init = std::ranges::find(events, Event::Kind::bytes, &Event::kind);
    std::for_each(init, events.end(), [&](Event& event) { event.time += silence; });
    const Replayed replayed = replay_all(late);
    const auto timed_out = std::ranges::count_if(
        replayed.lines, [](const std::string& line) { return line.find("time-out") != std::string::npos; });
    EXPECT_EQ(timed_out, silence.count() > 60 ? 1 : 0);
    EXPECT_EQ(stored(replayed), silence.count() > 60 ? 0U : 1U);
  }
}

TEST(OfflineReplay, BehindAGapNothingIsMadeUp) {
  const auto recorded = test::record({.photos = 1});
  captures::Capture damaged = recorded->capture;
  captures::Conversation& conversation = damaged.conversations.front();
  const auto lost = std::ranges::find_if(conversation.events, [](const Event& event) {
    return event.kind == Event::Kind::bytes && event.from == Side::device && event.size > 1000;
  });
  ASSERT_NE(lost, conversation.events.end());
  lost->kind = Event::Kind::missing;
  const Replayed replayed = replay_all(damaged);
  ASSERT_EQ(replayed.results.size(), 1U);
  EXPECT_FALSE(replayed.results[0].complete);
  EXPECT_NE(replayed.results[0].reason.find("missing in the capture"), std::string::npos);
  EXPECT_EQ(stored(replayed), 0U);
}

TEST(OfflineReplay, ASinkThatHasEnoughEndsIt) {
  const auto recorded = test::record({.photos = 1});
  unsigned seen = 0;
  replay_offline(recorded->capture, {}, test::all_of(recorded->capture), [&](const ActionLine&) { return ++seen < 3; });
  EXPECT_EQ(seen, 3U);
}

TEST(Diff, NamesWhatTheRecordedServerSaidOtherwise) {
  const auto recorded = test::record({.photos = 2});
  captures::Capture changed = recorded->capture;
  captures::Conversation& conversation = changed.conversations.front();
  const auto frames = server_frames(conversation);
  const auto file_request = std::ranges::find_if(
      frames, [](const ServerFrame& frame) { return camera_command(frame.bytes) == dualcam::Command::file_request; });
  ASSERT_NE(file_request, frames.end());
  const auto at = static_cast<std::size_t>(file_request->bytes.data() - conversation.server_bytes.data());
  conversation.server_bytes[at + 10] = 'r';  // %photof
  const Replayed replayed = replay_all(changed);
  const DiffResult result = diff(conversation, replayed.results.front());
  ASSERT_EQ(result.differences.size(), 1U);
  EXPECT_EQ(result.differences[0].recorded, "FILE REQ %photor");
  EXPECT_EQ(result.differences[0].today, "FILE REQ %photof");
  EXPECT_EQ(result.equal, frames.size() - 1);
}

TEST(Diff, FindsWhatIsMissingAndWhatIsNew) {
  const auto recorded = test::record({.photos = 1});
  const captures::Conversation& conversation = recorded->capture.conversations.front();
  Replayed replayed = replay_all(recorded->capture);
  OfflineResult& today = replayed.results.front();
  const base::Bytes status{0, 5, 0, 4, 0, 0, 0, 0};
  today.sent.insert(today.sent.begin() + 1, {today.sent[0].time, 1, status});
  DiffResult result = diff(conversation, today);
  ASSERT_EQ(result.differences.size(), 1U);
  EXPECT_EQ(result.differences[0].recorded, "");
  EXPECT_EQ(result.differences[0].today, "STATUS 0: completed");
  today.sent.erase(today.sent.begin(), today.sent.begin() + 2);
  result = diff(conversation, today);
  ASSERT_EQ(result.differences.size(), 1U);
  EXPECT_EQ(result.differences[0].recorded, "META REQ %photof");
  EXPECT_EQ(result.differences[0].today, "");
}

}  // namespace
}  // namespace replay
