#include "server/capture/sos_rule.hpp"

#include <utility>

#include "server/capture/rounds.hpp"
#include "server/capture/sos_desk.hpp"

namespace capture {

struct SosRule::State {
  State(SosOptions its_options, storage::TrackingCatalog& tracking, storage::CaptureCatalog& captures,
        std::function<void()> its_added, prometheus::Registry& registry)
      : options(std::move(its_options)),
        added(std::move(its_added)),
        desk(options, tracking, captures, added, registry),
        rounds("sos-rule", [this] { return desk.round(base::utc_now(), base::steady_now()); }) {}

  const SosOptions options;
  const std::function<void()> added;
  SosDesk desk;
  Rounds rounds;  // last: its thread uses all of the above
};

SosRule::SosRule(SosOptions options, storage::TrackingCatalog& tracking, storage::CaptureCatalog& captures,
                 std::function<void()> added, prometheus::Registry& registry)
    : state_(std::make_unique<State>(std::move(options), tracking, captures, std::move(added), registry)) {}

SosRule::~SosRule() = default;

void SosRule::look() {
  state_->rounds.poke();
}

}  // namespace capture
