// The cameras that can be heard.
#include <fmt/format.h>

#include "tools/mavlink/ground_station.hpp"
#include "tools/mavlink/report.hpp"
#include "tools/mavlink/status_line.hpp"
#include "tools/mavlink/words.hpp"

namespace mavlink::tool {

namespace {
class Listing final : public Task {
 public:
  Listing(std::chrono::milliseconds wait, bool json) : wait_(wait), json_(json), line_(!json) {}

  void step(const Step& step) override {
    if (!end_) {
      end_ = step.now.steady + wait_;
      line_.wait_for("looks for cameras", step.now.steady);
    }
    line_.draw(step.now.steady);
    if (step.now.steady < *end_ && !interrupted_) return;
    line_.clear();
    ended_ = print(step);
  }
  void interrupt() override { interrupted_ = true; }
  std::optional<base::SteadyTime> next_wake() const override {
    const auto drawn = line_.next_draw();
    return drawn && end_ ? std::min(*drawn, *end_) : end_;
  }
  std::optional<Outcome> ended() const override { return ended_; }

 private:
  Outcome print(const Step& step) const {
    const auto cameras = step.station.cameras();
    if (json_) fmt::print("{}", camera_list(cameras));
    if (cameras.empty()) return complain({base::Errc::not_found, why_nobody(step.connection, wait_), 0});
    if (!json_) fmt::print("{}", camera_table(cameras));
    return Outcome::good;
  }

  const std::chrono::milliseconds wait_;
  const bool json_;
  StatusLine line_;
  std::optional<base::SteadyTime> end_;
  std::optional<Outcome> ended_;
  bool interrupted_ = false;
};
}  // namespace

Outcome run_list(const ListOptions& options) {
  const auto wait = parse_length(options.wait);
  if (!wait) return complain(wait.error());
  Listing listing(*wait, options.json);
  const auto outcome = work(options.link, listing);
  return outcome ? *outcome : complain(outcome.error());
}

}  // namespace mavlink::tool
