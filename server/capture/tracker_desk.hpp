// The dispatcher's work on trackers' own links: what they said is written down, what is due is sent, what is overdue
// goes on. One thread at a time; clocks are passed in.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "server/capture/back_off.hpp"
#include "server/capture/dispatcher.hpp"
#include "server/capture/figures.hpp"
#include "server/capture/pieces.hpp"
#include "server/capture/rounds.hpp"
#include "storage/catalog/capture_catalog.hpp"

namespace capture {

class TrackerDesk {
 public:
  // While the catalog is down so many answers are kept, then the oldest are dropped: their commands are sent again.
  static constexpr std::size_t most_answers = 4096;
  static constexpr std::uint32_t batch = 64;  // commands taken at once: answers are looked at in between
  static constexpr std::uint32_t settled_at_once = 500;
  // A tracker whose link was lost just now comes back within seconds, or is taken up when it links again.
  static constexpr std::chrono::milliseconds link_rest = std::chrono::seconds{2};
  static constexpr std::chrono::milliseconds count_interval = std::chrono::seconds{15};

  // All of them outlive it.
  TrackerDesk(const DispatcherOptions& options, storage::CaptureCatalog& captures, const Dispatcher::Send& send,
              Figures& figures)
      : options_(options), captures_(captures), send_(send), figures_(figures) {}

  void heard(const base::Imei& imei, std::string_view text, base::SteadyTime now);
  NextRound round(base::UtcTime utc, base::SteadyTime now);

 private:
  struct GiveBack {
    base::Uuid part_id;
    std::string reason;
  };

  void keep(Pieces::Said said);
  base::Result<> work(base::UtcTime utc, base::SteadyTime now);
  base::Result<> write_answers(base::UtcTime utc);
  base::Result<> write_one(const Pieces::Said& said, base::UtcTime utc);
  base::Result<> write_give_backs(base::UtcTime utc);
  base::Result<> settle(base::UtcTime utc, base::SteadyTime now);
  base::Result<> send_due(base::UtcTime utc);
  base::Result<> count(base::SteadyTime now);

  const DispatcherOptions& options_;
  storage::CaptureCatalog& captures_;
  const Dispatcher::Send& send_;
  Figures& figures_;
  Pieces pieces_;
  std::deque<Pieces::Said> answers_;  // to be written
  std::deque<GiveBack> give_backs_;   // the same; no more than one batch, since none is taken before they are written
  BackOff back_off_;
  base::SteadyTime next_settle_{};
  base::SteadyTime next_count_{};
  bool more_ = false;  // is due, or overdue, than this round took
};

}  // namespace capture
