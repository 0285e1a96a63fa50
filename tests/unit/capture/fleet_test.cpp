// A fleet that refuses, is silent, answers late and in pieces and loses its links, a dispatcher that is killed again
// and again, and the real catalog between them: every request comes to a true end, and nothing is sent without need.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "storage/catalog/catalog.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/samples.hpp"
#include "tests/unit/capture/desk_fixture.hpp"

namespace capture {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using storage::CapturePart;
using storage::CaptureState;

class FleetTest : public testing::Test {
 protected:
  static constexpr std::uint64_t fleet = 40;
  static constexpr int wishes_each = 3;

  FleetTest() {
    catalog = storage::open_catalog("sqlite::memory:").value();
    EXPECT_TRUE(catalog->migrate());
    restart();
  }

  void restart() {
    desk = std::make_unique<TrackerDesk>(options, catalog->captures(), send, figures);
    ++starts;
  }
  void later(milliseconds delay, std::function<void()> what) { agenda.emplace(utc + delay, std::move(what)); }
  milliseconds between(milliseconds least, milliseconds most) {
    return milliseconds(std::uniform_int_distribution(least.count(), most.count())(random));
  }
  bool happens(int of_hundred) { return std::uniform_int_distribution(0, 99)(random) < of_hundred; }

  void open_link(std::uint64_t n) {
    linked.insert(tracker(n));
    const std::string session = fmt::format("s{}", ++sessions);
    ASSERT_TRUE(catalog->tracking().open_link(
        {.imei = tracker(n), .node = "here", .session = session, .peer = "", .since = utc}));
    later(between(2min, 30min), [this, n, session] {
      linked.erase(tracker(n));
      // The catalog hears of it a moment later, as it does.
      later(between(0ms, 3s), [this, n, session] { EXPECT_TRUE(catalog->tracking().close_link(tracker(n), session)); });
      later(between(4s, 2min), [this, n] { open_link(n); });
    });
  }

  bool on_command(const base::Imei& imei, const std::string& command) {
    if (!linked.contains(imei)) return false;
    CapturePart part = part_of(imei, command);
    EXPECT_FALSE(heard_accepted.contains(part.id)) << "sent again without need: " << command;
    const auto busy = unanswered.find(imei);
    EXPECT_TRUE(busy == unanswered.end() || utc - busy->second >= options.patience.reply)
        << "two commands under way to " << imei.str();
    unanswered[imei] = utc;
    ++commands;
    if (happens(15)) return true;  // silence
    const bool late = happens(20);
    later(late ? between(61s, 85s) : between(200ms, 8s), [this, part, late] { answer(part, late); });
    return true;
  }

  // A late refusal would be taken for that of the command that is under way by then: nothing tells them apart.
  void answer(const CapturePart& part, bool late) {
    if (speaking.contains(part.imei)) {  // one answer after the other
      later(3s, [this, part, late] { answer(part, late); });
      return;
    }
    unanswered.erase(part.imei);
    if (!late && happens(10)) {
      say(part.imei, "Invalid argument in camera request cmd!\r\n");
      return;
    }
    const std::string text = acceptance(part);
    const auto cut = static_cast<std::size_t>(between(1ms, milliseconds(text.size() - 1)).count());
    const auto last_start = starts;
    say(part.imei, text.substr(0, cut));
    speaking.insert(part.imei);
    later(between(0ms, 2s), [this, part, rest = text.substr(cut), last_start] {
      say(part.imei, rest);
      speaking.erase(part.imei);
      if (last_start == starts) heard_accepted.insert(part.id);
      later(between(5s, 5min), [this, part] { bring(part); });
    });
  }

  void say(const base::Imei& imei, const std::string& text) {
    desk->heard(imei, text, now);
    desk->round(utc, now);
  }

  void bring(const CapturePart& part) {
    if (!brought.insert(part.id).second) return;
    storage::Media media = tests::photo(part.imei, utc);
    media.kind = base::MediaKind::video;
    media.trigger = "server_request";
    media.captured_at = *part.from;
    media.duration_s = part.duration_s;
    EXPECT_TRUE(catalog->commit_media(media));
    unanswered.erase(part.imei);  // a file is an answer, too
  }

  CapturePart part_of(const base::Imei& imei, const std::string& command) {
    for (const auto& id : ids) {
      const auto request = catalog->captures().find_capture(id).value().value();
      for (const CapturePart& part : request.parts)
        if (part.imei == imei && part.command == command) return part;
    }
    ADD_FAILURE() << command << " is nobody's";
    return {.imei = imei};
  }

  void wish(std::uint64_t n, int number) {
    const Wish wish{.imei = tracker(n),
                    .front = true,
                    .from = utc - 2h + number * 10min,
                    .duration_s = happens(30) ? 45U : 10U,
                    .origin = "test",
                    .patience = 12h};
    const auto request = plan(wish, {}, base::Uuid::v7(utc), utc).value();
    EXPECT_FALSE(catalog->captures().add_capture(request)->existed);
    ids.push_back(request.id);
    ++utc;
  }

  void step() {
    const NextRound next = desk->round(utc, now);
    auto wait = std::chrono::duration_cast<milliseconds>(next.at - now);
    if (!agenda.empty()) wait = std::min(wait, std::max(agenda.begin()->first - utc, 0ms));
    utc += wait;
    now += wait;
    while (!agenda.empty() && agenda.begin()->first <= utc) {
      const auto what = std::move(agenda.begin()->second);
      agenda.erase(agenda.begin());
      what();
    }
    if (happens(1)) restart();
  }

  bool all_over() {
    const auto counts = catalog->captures().count_captures();
    return counts && counts->empty();
  }

  std::mt19937 random{tests::from_environment("DUALCAM_SEED", 20'261'121U)};
  base::UtcTime utc = base::parse_iso8601("2026-11-21T12:00:00Z").value();
  base::SteadyTime now = base::SteadyTime{} + 1h;
  prometheus::Registry registry;
  Figures figures{registry};
  const DispatcherOptions options{.node = "here"};
  const Dispatcher::Send send = [this](const base::Imei& imei, std::string_view command) {
    return on_command(imei, std::string(command));
  };
  std::unique_ptr<storage::Catalog> catalog;
  std::unique_ptr<TrackerDesk> desk;
  std::multimap<base::UtcTime, std::function<void()>> agenda;
  std::set<base::Imei> linked;
  std::vector<base::Uuid> ids;
  std::map<base::Imei, base::UtcTime> unanswered;
  std::set<base::Imei> speaking;
  std::set<base::Uuid> heard_accepted;  // and their file is on its way
  std::set<base::Uuid> brought;
  int sessions = 0;
  int starts = 0;
  int commands = 0;
};

TEST_F(FleetTest, EveryRequestComesToATrueEnd) {
  for (std::uint64_t n = 0; n < fleet; ++n) {
    later(between(0ms, 1min), [this, n] { open_link(n); });
    for (int number = 0; number < wishes_each; ++number) wish(n, number);
  }
  const auto end = utc + 13h;
  while (!all_over() && utc < end) step();
  // Files may come after the end: a part that was given up is stored all the same.
  while (utc < end && !std::ranges::includes(brought, heard_accepted)) step();
  std::map<CaptureState, int> ends;
  for (const auto& id : ids) {
    const auto request = catalog->captures().find_capture(id).value().value();
    for (const CapturePart& part : request.parts) {
      ++ends[part.state];
      EXPECT_TRUE(storage::is_final(part.state)) << to_string(part.state);
      EXPECT_EQ(part.state == CaptureState::stored, !part.files[0].media_id.is_nil());
      EXPECT_TRUE(part.state == CaptureState::stored || !part.reason.empty());
      EXPECT_LE(part.attempts, options.patience.attempts);
      EXPECT_TRUE(part.state == CaptureState::stored || !heard_accepted.contains(part.id)) << part.reason;
    }
  }
  EXPECT_GT(ends[CaptureState::stored], 100);
  EXPECT_GT(ends[CaptureState::refused], 0);
  EXPECT_GT(starts, 2) << "it was killed now and then";
  RecordProperty("commands", commands);
}

}  // namespace
}  // namespace capture
