// A desk with a catalog in memory, trackers that note what they are sent, and a clock that the test turns.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <prometheus/registry.h>

#include <map>
#include <optional>

#include "server/capture/tracker_desk.hpp"
#include "server/capture/wish.hpp"
#include "tests/unit/capture/memory_captures.hpp"

namespace capture {

inline base::Imei tracker(std::uint64_t n = 0) {
  return base::Imei::from_number(base::with_luhn_digit(35630704244101 + n)).value();
}

// Of a family of the registry; 0 where there is no such sample.
inline double sample(const prometheus::Registry& registry, const std::string& name,
                     const std::map<std::string, std::string>& labels) {
  for (const auto& family : registry.Collect())
    for (const auto& metric : family.metric) {
      std::size_t equal = 0;
      for (const auto& label : metric.label)
        equal += labels.contains(label.name) && labels.at(label.name) == label.value;
      if (family.name == name && equal == labels.size()) return metric.counter.value + metric.gauge.value;
    }
  return 0;
}

// What a device says that takes the part's command, its clock `zone` ahead of UTC.
inline std::string acceptance(const storage::CapturePart& part, std::chrono::hours zone = {}) {
  std::string since = base::to_iso8601(*part.from + zone).substr(0, 19);
  since[10] = ' ';
  return fmt::format("Request for video from source 1 received for {} seconds since {}", part.duration_s, since);
}

class DeskFixture : public testing::Test {
 protected:
  static constexpr std::chrono::milliseconds look{1'000};

  DeskFixture() { captures.link(tracker()); }

  Wish video_wish(const base::Imei& imei, std::uint32_t duration_s) const {
    return {.imei = imei,
            .front = true,
            .from = utc - std::chrono::hours{1},
            .duration_s = duration_s,
            .origin = "test",
            .patience = deadline};
  }
  base::Uuid add(const Wish& wish) {
    const auto request = plan(wish, {}, base::Uuid::v7(utc), utc).value();
    EXPECT_TRUE(captures.add_capture(request));
    utc += std::chrono::milliseconds{1};  // so that the next one's id is a later one
    return request.id;
  }
  base::Uuid add_video(const base::Imei& imei = tracker(), std::uint32_t duration_s = 10) {
    return add(video_wish(imei, duration_s));
  }

  void pass(std::chrono::milliseconds time) {
    utc += time;
    now += time;
  }
  NextRound round() { return desk->round(utc, now); }
  // As long as that takes, with a round at each time a desk asks for.
  void run(std::chrono::milliseconds time) {
    for (const auto end = now + time; now < end;) {
      const NextRound next = round();
      pass(std::chrono::duration_cast<std::chrono::milliseconds>(std::min(std::max(next.at, now), end) - now));
    }
    round();
  }
  void say(std::string_view text, const base::Imei& imei = tracker()) { desk->heard(imei, text, now); }
  void restart() { desk = std::make_unique<TrackerDesk>(options, captures, send, figures); }

  storage::CaptureState state(const base::Uuid& id, std::size_t part = 0) { return captures.part(id, part).state; }
  double answers(const std::string& outcome) {
    return sample(registry, "dualcamd_capture_answers_total", {{"outcome", outcome}});
  }

  base::UtcTime utc = base::parse_iso8601("2026-11-21T12:00:00Z").value();
  base::SteadyTime now = base::SteadyTime{} + std::chrono::hours{1};
  std::chrono::milliseconds deadline = std::chrono::hours{24};
  tests::MemoryCaptures captures;
  std::vector<std::string> sent;  // "IMEI command"
  bool links_hold = true;
  prometheus::Registry registry;
  Figures figures{registry};
  const DispatcherOptions options{.node = "here", .look_interval = look};
  const Dispatcher::Send send = [this](const base::Imei& imei, std::string_view command) {
    if (links_hold) sent.push_back(imei.str() + " " + std::string(command));
    return links_hold;
  };
  std::unique_ptr<TrackerDesk> desk = std::make_unique<TrackerDesk>(options, captures, send, figures);
};

}  // namespace capture
