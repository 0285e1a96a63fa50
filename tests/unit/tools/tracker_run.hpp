// A tracker and the server's session on a link in memory, in virtual time: hours of driving take milliseconds.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/avl/session.hpp"
#include "tools/sim/tracker.hpp"

namespace sim {

struct SeenRecord {
  std::int64_t time_ms = 0;
  avl::Priority priority{};
  std::uint16_t event_id = 0;
  RoutePoint place;
  std::vector<std::pair<std::uint16_t, std::uint64_t>> elements;
  Time stored_at{0};
};

struct SeenReply {
  avl::Message message;
  Time at{0};
};

class TrackerRun : public TrackerObserver {
 public:
  explicit TrackerRun(const TrackerOptions& options) : tracker(options, this) {}

  bool run(Time limit);  // until then, or the tracker is done: true
  void command(std::string text) { command(avl::Message{.text = std::move(text)}); }
  void command(const avl::Message& message);
  void cut();                // the network ends the link
  std::string said() const;  // all replies joined
  bool online() const { return session_.has_value(); }

  void on_order(const CaptureOrder& order, Time at) override { orders.emplace_back(order, at); }

  Tracker tracker;
  Time now{0};
  bool admits = true;
  bool stores = true;               // false: records are taken and not answered
  std::vector<SeenRecord> records;  // every time they came
  std::vector<std::size_t> frames;  // records of each
  std::vector<SeenReply> replies;
  std::vector<std::pair<CaptureOrder, Time>> orders;
  std::vector<std::string> complaints;  // of the session
  base::Bytes sent;                     // by the tracker
  unsigned links = 0;

 private:
  void carry_out();
  void see(const avl::Store& store);

  avl::SessionOptions options_{.idle_deadline = std::chrono::hours{24}};
  std::optional<avl::Session> session_;
  avl::Actions actions_;
  base::Bytes to_session_;
};

TrackerOptions tracker_of(std::uint64_t seed = 1);

}  // namespace sim
