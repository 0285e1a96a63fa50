#include "server/endpoints/trendnet_camera.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/base/relay_device.hpp"
#include "server/endpoints/infos.hpp"
#include "server/endpoints/parameters.hpp"

namespace endpoints {

namespace {
constexpr std::chrono::minutes probe_interval{1};  // while it is not known to be one of these

hub::Hub::Result result_of(trendnet::Outcome outcome, std::string text) {
  using enum trendnet::Outcome;
  switch (outcome) {
    case done: return {.outcome = hub::Outcome::sent};
    case replaced: return {.outcome = hub::Outcome::ignored, .reason = std::move(text)};
    case expired: return {.outcome = hub::Outcome::expired, .reason = std::move(text)};
    case no_answer: return {.outcome = hub::Outcome::unconfirmed, .reason = std::move(text)};
    default: return endpoints::failed(std::move(text));
  }
}

hub::Hub::Result result_of(const trendnet::GotoEnd& end) {
  using enum trendnet::GotoEnd::How;
  switch (end.how) {
    case reached: return {.outcome = hub::Outcome::confirmed, .reason = end.text};
    case not_reached: return {.outcome = hub::Outcome::unconfirmed, .reason = end.text};
    case unknown: return {.outcome = hub::Outcome::sent, .reason = end.text};
    case failed: break;
  }
  return endpoints::failed(end.text);
}

hub::Hub::Result result_of(const base::Result<storage::Media>& media, std::uint64_t dropped) {
  if (!media) return endpoints::failed(media.error().message);
  std::string words = fmt::format("It is stored as {}.", media->id.str());
  if (dropped != 0)
    words += fmt::format(" {} left out.", dropped == 1 ? "One picture is" : fmt::format("{} pictures are", dropped));
  return {.outcome = hub::Outcome::confirmed, .reason = std::move(words)};
}

Health::State state_of(trendnet::HealthState state) {
  switch (state) {
    case trendnet::HealthState::unknown: return Health::State::unknown;
    case trendnet::HealthState::online: return Health::State::online;
    case trendnet::HealthState::offline: return Health::State::offline;
    case trendnet::HealthState::unauthorized:
    case trendnet::HealthState::wrong_model: break;
  }
  return Health::State::degraded;
}

base::Result<trendnet::Command> move_of(const hub::Command& command) {
  const auto direction = trendnet::parse_direction(text_of(command, "direction"));
  if (!direction) return base::fail(base::Errc::invalid, "The parameter direction is none that there is.");
  const auto degrees = number_of(command, "degrees");
  if (!degrees) return std::unexpected(degrees.error());
  return trendnet::move_towards(*direction, static_cast<int>(degrees->value_or(1)));
}

base::Result<trendnet::Command> preset_of(const hub::Command& command) {
  const auto number = number_of(command, "preset");
  if (!number) return std::unexpected(number.error());
  const int preset = static_cast<int>(number->value_or(0));
  if (command.verb == "preset") return trendnet::GoPreset{preset};
  if (command.verb == "clear_preset") return trendnet::ClearPreset{preset};
  return trendnet::SetPreset{
      .preset = preset, .name = trendnet::preset_name(text_of(command, "name"), preset), .position = {}};
}

trendnet::Command swing_of(const hub::Command& command) {
  using trendnet::SwingMode;
  const std::string_view mode = text_of(command, "mode");
  return trendnet::Swing{mode == "horizontal" ? SwingMode::horizontal
                         : mode == "presets"  ? SwingMode::presets
                                              : SwingMode::stop};
}

base::Result<trendnet::Command> outputs_of(const hub::Command& command) {
  trendnet::SetOutputs outputs;
  if (command.verb == "output") {
    const auto which = number_of(command, "output");
    const auto on = flag_of(command, "on");
    if (!which) return std::unexpected(which.error());
    if (!on) return std::unexpected(on.error());
    (which->value_or(1) == 2 ? outputs.trigger2 : outputs.trigger1) = on->value_or(false);
    return outputs;
  }
  const auto image = flag_of(command, "image");
  const auto email = flag_of(command, "email");
  if (!image) return std::unexpected(image.error());
  if (!email) return std::unexpected(email.error());
  outputs.image_upload = *image;
  outputs.image_email = *email;
  return outputs;
}

// What a command of the hub is to the camera, of those that are one command there, too.
base::Result<trendnet::Command> command_of(const hub::Command& command) {
  const std::string& verb = command.verb;
  if (verb == "home") return trendnet::Home{};
  if (verb == "move") return move_of(command);
  if (verb == "swing") return swing_of(command);
  if (verb.ends_with("preset")) return preset_of(command);
  if (verb == "output" || verb == "upload") return outputs_of(command);
  return base::fail(base::Errc::invalid, fmt::format("A camera cannot be told to {}.", verb));
}

trendnet::GotoOptions goto_options(const TrendnetConfig& config) {
  trendnet::GotoOptions options;
  options.scratch_preset = config.scratch_preset;
  return options;
}
}  // namespace

TrendnetCamera::TrendnetCamera(const TrendnetConfig& config, MediaWriter* media, Host& host)
    : config_(config),
      info_(info_of(config)),
      device_(config.device.value_or(base::relay_device_number(config.name))),
      media_(media),
      host_(host),
      queue_({.model = model_}),
      state_(host.now().steady),
      health_(config.name, host),
      return_(goto_options(config)),
      stream_(
          config_,
          {.picture = [this](const Picture& picture, const auto& io) { pictured(picture, io); },
           .ended = [this](const trendnet::Verdict& why) { changed(state_.on_stream_end(why, host_.now().steady)); }},
          host),
      recordings_(media, host),
      waking_(host.context()),
      probing_(host.context()) {}

TrendnetCamera::~TrendnetCamera() {
  if (request_) host_.http().cancel(*request_);
}

void TrendnetCamera::start() {
  if (config_.stream) stream_.open();
  probe_.emplace(model_);
  probe();
}

void TrendnetCamera::run(const hub::Command& command, Done done) {
  done = health_.noting(command.verb, std::move(done));
  if (command.verb == "goto") return go(command, std::move(done));
  if (command.verb == "return") return go_back(std::move(done));
  if (command.verb == "snapshot") return snapshot(std::move(done));
  if (command.verb == "record") return record(command, std::move(done));
  auto told = command_of(command);
  if (!told) return done(failed(told.error().message));
  enqueue(std::move(*told), [done = std::move(done)](const trendnet::CommandResult& result) {
    done(result_of(result.outcome, result.text));
  });
}

void TrendnetCamera::go(const hub::Command& command, Done done) {
  const auto pan = number_of(command, "pan");
  const auto tilt = number_of(command, "tilt");
  const auto preset = number_of(command, "preset");
  for (const auto* value : {&pan, &tilt, &preset})
    if (!*value) return done(failed(value->error().message));
  std::optional<trendnet::Goto::Target> target;
  if (*preset) target = trendnet::GoPreset{static_cast<int>(**preset)};
  if (*pan && *tilt) target = trendnet::Position{static_cast<int>(**pan), static_cast<int>(**tilt)};
  if (!target) return done(failed("A goto needs pan and tilt, or a preset."));
  return_.leave();
  const base::SteadyTime now = host_.now().steady;
  ways_.push_back(std::make_unique<Way>(Way{.path = {*target, goto_options(config_), now}, .done = std::move(done)}));
  pump();
}

void TrendnetCamera::go_back(Done done) {
  auto path = return_.back(host_.now().steady);
  if (!path) return done(failed(path.error().message));
  ways_.push_back(std::make_unique<Way>(Way{.path = std::move(*path), .done = std::move(done), .returns = true}));
  pump();
}

Shot TrendnetCamera::shot_of(base::UtcTime at, const std::optional<trendnet::Position>& position) const {
  Shot shot{.device = device_, .source = config_.name, .at = at};
  if (position) {
    shot.pan_deg = position->pan;
    shot.tilt_deg = position->tilt;
  }
  return shot;
}

void TrendnetCamera::snapshot(Done done) {
  if (media_ == nullptr) return done(failed("There is no store for pictures."));
  enqueue(trendnet::TakeSnapshot{}, [this, done = std::move(done)](const trendnet::CommandResult& result) {
    if (result.outcome != trendnet::Outcome::done) return done(result_of(result.outcome, result.text));
    store(result.picture, [done](const auto& media) { done(result_of(media, 0)); });
  });
}

void TrendnetCamera::take_picture(Stored stored) {
  if (media_ == nullptr) return stored(base::fail(base::Errc::unavailable, "There is no store for pictures."));
  enqueue(trendnet::TakeSnapshot{}, [this, stored = std::move(stored)](const trendnet::CommandResult& result) {
    if (result.outcome != trendnet::Outcome::done) return stored(base::fail(base::Errc::unavailable, result.text));
    store(result.picture, stored);
  });
}

void TrendnetCamera::store(const base::Bytes& picture, Stored stored) {
  ++storing_;
  media_->store_picture(shot_of(host_.now().utc, position_), std::make_shared<const base::Bytes>(picture),
                        [this, stored = std::move(stored)](const auto& media) {
                          --storing_;
                          stored(media);
                        });
}

void TrendnetCamera::record(const hub::Command& command, Done done) {
  const auto duration = duration_of(command, "duration");
  if (!duration) return done(failed(duration.error().message));
  if (media_ == nullptr || !config_.stream)
    return done(failed("Recording needs the camera's stream and a store for videos."));
  const auto length = std::clamp<std::chrono::milliseconds>(duration->value_or(std::chrono::seconds{10}),
                                                            std::chrono::seconds{1}, longest_recording);
  begin_recording(
      length, [done = std::move(done)](const auto& media, std::uint64_t dropped) { done(result_of(media, dropped)); });
}

Recordings::Id TrendnetCamera::begin_recording(std::chrono::milliseconds longest, Recordings::Kept kept) {
  return recordings_.begin(shot_of(host_.now().utc, position_),
                           std::min<std::chrono::milliseconds>(longest, longest_recording), std::move(kept));
}

void TrendnetCamera::go_to_preset(int preset, Done done) {
  enqueue(trendnet::GoPreset{preset}, [done = std::move(done)](const trendnet::CommandResult& result) {
    done(result_of(result.outcome, result.text));
  });
}

void TrendnetCamera::enqueue(trendnet::Command command, Ended ended) {
  const auto id = queue_.add(std::move(command), host_.now().steady);
  if (!id) return ended({.outcome = trendnet::Outcome::refused, .text = id.error().message});
  waiting_.emplace(*id, std::move(ended));
  pump();
}

void TrendnetCamera::pump() {
  if (std::exchange(pumping_, true)) return;
  const base::SteadyTime now = host_.now().steady;
  bool more = true;
  while (more) {
    walk(now);
    const auto next = queue_.next(now);
    if (next) send(*next);
    more = next.has_value();
    take_results();
  }
  pumping_ = false;
  set_timer();
}

void TrendnetCamera::send(const trendnet::NextRequest& next) {
  if (request_) host_.http().cancel(*request_);  // it was not answered in time
  request_ = host_.http().ask(http_request(config_, next.request), [this, number = next.number](const auto& answer) {
    request_.reset();
    const base::SteadyTime now = host_.now().steady;
    if (answer)
      queue_.answered(number, {.status = static_cast<int>(answer->status), .body = answer->body}, now);
    else
      queue_.answered(number, {.trouble = answer.error().message}, now);
    pump();
  });
}

void TrendnetCamera::take_results() {
  for (const trendnet::CommandResult& result : queue_.take_results()) {
    changed(state_.on_result(result.outcome, result.text, host_.now().steady));
    const auto found = waiting_.find(result.id);
    if (found == waiting_.end()) continue;
    const Ended ended = std::move(found->second);
    waiting_.erase(found);
    ended(result);
  }
}

// Ways to places: orders of theirs go into the queue, and those that have come to their end leave.
void TrendnetCamera::walk(base::SteadyTime now) {
  for (std::size_t n = 0; n < ways_.size();) {
    Way& way = *ways_[n];
    way.path.on_time(now);
    if (auto order = way.path.next()) {
      const auto id = queue_.add(std::move(*order), now);
      if (!id)
        way.path.came_out(trendnet::Outcome::refused, id.error().message, now);
      else
        waiting_.emplace(*id, [this, of = &way](const trendnet::CommandResult& result) {
          for (const auto& one : ways_)
            if (one.get() == of) one->path.came_out(result.outcome, result.text, host_.now().steady);
        });
    }
    if (!way.path.end()) {
      ++n;
      continue;
    }
    const std::unique_ptr<Way> ended = std::move(ways_[n]);
    ways_.erase(ways_.begin() + static_cast<std::ptrdiff_t>(n));
    if (ended->returns) return_ = trendnet::Return(goto_options(config_));
    ended->done(result_of(*ended->path.end()));
  }
}

void TrendnetCamera::set_timer() {
  std::optional<base::SteadyTime> wake = queue_.wake_at();
  const auto earlier = [&wake](const std::optional<base::SteadyTime>& other) {
    if (other && (!wake || *other < *wake)) wake = other;
  };
  for (const auto& way : ways_) earlier(way->path.wake_at());
  earlier(state_.wake_at());
  if (!wake) return;
  waking_.expires_at(*wake);
  waking_.async_wait([this](const std::error_code& error) {
    if (error) return;
    changed(state_.on_time(host_.now().steady));
    pump();
  });
}

// Which way the camera is spoken to, asked until it is known.
void TrendnetCamera::probe() {
  if (const auto request = probe_->next()) {
    host_.http().ask(http_request(config_, *request), [this](const auto& answer) {
      if (answer)
        probe_->answered({.status = static_cast<int>(answer->status), .body = answer->body});
      else
        probe_->answered({.trouble = answer.error().message});
      probe();
    });
    return;
  }
  changed(state_.on_probe(*probe_->verdict(), host_.now().steady));
  if (probe_->verdict()->speaks == trendnet::Probe::Speaks::this_way) return;
  probe_.emplace(model_);
  probing_.expires_after(probe_interval);
  probing_.async_wait([this](const std::error_code& error) {
    if (!error) probe();
  });
}

void TrendnetCamera::pictured(const Picture& picture, const std::optional<trendnet::IoDigits>& io) {
  const hub::Now now = host_.now();
  health_.heard();
  changed(state_.on_frame(now.steady));
  if (picture.position) {
    position_ = picture.position;
    return_.at(*position_);
    for (const auto& way : ways_) way->path.at(*position_, now.steady);
  }
  recordings_.add(picture.jpeg, picture.at);
  feed_->publish(picture);
  if (io && io_ && *io != *io_) {
    hub::Event event{.id = host_.new_id(now.utc),
                     .protocol = hub::Protocol::trendnet,
                     .source = config_.name,
                     .kind = "io",
                     .received = now};
    event.fields = {{"io", trendnet::to_text(io->outputs)}};
    if (position_) {
      event.fields.push_back({"pan", std::to_string(position_->pan)});
      event.fields.push_back({"tilt", std::to_string(position_->tilt)});
    }
    host_.heard(std::move(event));
  }
  io_ = io ? io : io_;
  if (!ways_.empty()) pump();
}

void TrendnetCamera::changed(bool health_changed) {
  if (!health_changed) return;
  const hub::Now now = host_.now();
  const Health::State before = health_.get().state;
  health_.set(state_of(state_.state()), state_.reason());
  const Health::State after = health_.get().state;
  const bool came = after == Health::State::online;
  if (before == after || before == Health::State::unknown || (!came && after != Health::State::offline)) return;
  host_.heard({.id = host_.new_id(now.utc),
               .protocol = hub::Protocol::trendnet,
               .source = config_.name,
               .kind = came ? "online" : "offline",
               .received = now});
}

Health TrendnetCamera::health() const {
  Health health = health_.get();
  if (position_) {
    health.details.push_back({"pan", std::to_string(position_->pan)});
    health.details.push_back({"tilt", std::to_string(position_->tilt)});
  }
  const trendnet::MjpegCounts& counts = stream_.counts();
  health.figures = {{"frames", counts.frames},
                    {"bad_frames", counts.bad_in_all()},
                    {"skipped_bytes", counts.skipped_bytes},
                    {"waiting_commands", queue_.waiting()}};
  return health;
}

}  // namespace endpoints
