#include "server/capture/dispatcher.hpp"

#include <list>
#include <mutex>
#include <utility>
#include <vector>

#include "server/capture/figures.hpp"
#include "server/capture/gateway_lane.hpp"
#include "server/capture/pieces.hpp"
#include "server/capture/replies.hpp"
#include "server/capture/rounds.hpp"
#include "server/capture/tracker_desk.hpp"

namespace capture {

namespace {
// Texts that wait for the dispatcher's thread, which looks at them at once unless a call to the catalog hangs.
constexpr std::size_t most_waiting = 16'384;

struct Heard {
  base::Imei imei;
  std::string text;
};
}  // namespace

struct Dispatcher::State {
  State(DispatcherOptions its_options, storage::CaptureCatalog& its_captures, Send its_send, Gateway* webhook,
        Gateway* sms, prometheus::Registry& registry)
      : options(std::move(its_options)),
        captures(its_captures),
        send(std::move(its_send)),
        figures(registry),
        desk(options, captures, send, figures),
        rounds("capture", [this] { return desk_round(); }) {
    if (webhook != nullptr) lanes.emplace_back(storage::CaptureChannel::webhook, *this, *webhook);
    if (sms != nullptr) lanes.emplace_back(storage::CaptureChannel::sms, *this, *sms);
  }

  ~State() {
    rounds.request_stop();
    for (Lane& lane : lanes) lane.rounds.request_stop();
    for (Lane& lane : lanes) lane.gateway.cancel();
  }

  NextRound desk_round() {
    std::vector<Heard> heard;
    {
      const std::scoped_lock lock(mutex);
      heard.swap(inbox);
    }
    const auto now = base::steady_now();
    for (const Heard& each : heard) desk.heard(each.imei, each.text, now);
    return desk.round(base::utc_now(), now);
  }

  struct Lane {
    Lane(storage::CaptureChannel channel, State& state, Gateway& its_gateway)
        : gateway(its_gateway),
          work(channel, state.options, state.captures, gateway, state.figures),
          rounds(std::string("capture-") + std::string(to_string(channel)),
                 [this] { return work.round(base::utc_now(), base::steady_now()); }) {}
    Gateway& gateway;
    GatewayLane work;
    Rounds rounds;
  };

  const DispatcherOptions options;
  storage::CaptureCatalog& captures;
  const Send send;
  Figures figures;
  std::mutex mutex;
  std::vector<Heard> inbox;
  TrackerDesk desk;
  std::list<Lane> lanes;
  Rounds rounds;  // the thread of the desk; last, since it uses all of the above
};

Dispatcher::Dispatcher(DispatcherOptions options, storage::CaptureCatalog& captures, Send send, Gateway* webhook,
                       Gateway* sms, prometheus::Registry& registry)
    : state_(std::make_unique<State>(std::move(options), captures, std::move(send), webhook, sms, registry)) {}

Dispatcher::~Dispatcher() = default;

void Dispatcher::tracker_linked(const base::Imei&) {
  state_->rounds.poke();
}

void Dispatcher::look() {
  state_->rounds.poke();
  for (State::Lane& lane : state_->lanes) lane.rounds.poke();
}

void Dispatcher::tracker_said(const base::Imei& imei, std::string_view text) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->inbox.size() >= most_waiting) {
      state_->figures.answer(AnswerOutcome::dropped);
      return;
    }
    state_->inbox.push_back({imei, std::string(text.substr(0, Pieces::most_bytes))});
  }
  state_->rounds.poke();
}

base::Result<storage::CaptureRequest> Dispatcher::reply(const base::Uuid& request_id, std::optional<std::uint32_t> part,
                                                        std::string_view text) {
  auto taken = take_reply(state_->captures, request_id, part, text, state_->options.patience, base::utc_now());
  if (taken) look();  // the device's next command may go
  return taken;
}

}  // namespace capture
