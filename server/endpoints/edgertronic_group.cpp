#include "server/endpoints/edgertronic_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/endpoints/infos.hpp"
#include "server/endpoints/parameters.hpp"
#include "server/relay/edgertronic/datagram.hpp"

namespace endpoints {

namespace {
// Less than what is known of a camera is believed for (edgertronic::Known), so that a trigger need not ask first.
constexpr std::chrono::milliseconds look_interval{750};
constexpr std::chrono::seconds camera_patience{2};
// A camera's clock has nothing to do with it: two datagrams of one sender are one trigger when they are so close.
constexpr std::string_view key_prefix = "e:";

std::string key_of(base::ByteView datagram) {
  return std::string(key_prefix) + std::string(base::as_text(datagram));
}

net::relay::UdpOptions options_of(const EdgertronicConfig& config) {
  const UdpConfig& udp = config.udp;
  net::relay::UdpOptions options{.name = config.name,
                                 .listens = udp.listen,
                                 .interfaces = udp.interfaces,
                                 .allow = udp.allow,
                                 .ttl = udp.ttl,
                                 .loopback = udp.loopback};
  if (udp.listen) {  // who only sends does so from any port
    options.address = udp.address;
    options.port = udp.port;
    options.groups = {udp.address};
  }
  options.destinations.push_back({.address = udp.address, .port = udp.port});
  return options;
}
}  // namespace

base::Result<std::unique_ptr<EdgertronicGroup>> EdgertronicGroup::open(const EdgertronicConfig& config, Host& host) {
  auto options = options_of(config);
  options.recording = host.recording(config.name);
  auto socket = net::relay::UdpEndpoint::open(host.context(), std::move(options));
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<EdgertronicGroup>(config, std::move(*socket), host);
}

EdgertronicGroup::EdgertronicGroup(const EdgertronicConfig& config, std::unique_ptr<net::relay::UdpEndpoint> socket,
                                   Host& host)
    : config_(config),
      info_(info_of(config)),
      socket_(std::move(socket)),
      host_(host),
      health_(config.name, host),
      looking_(host.context()),
      repeating_(host.context()) {
  for (const EdgertronicCamera& camera : config.cameras)
    cameras_.push_back(std::make_unique<EdgertronicWatch>(EdgertronicWatch{.name = camera.name, .url = camera.url}));
}

void EdgertronicGroup::start() {
  if (config_.udp.listen) socket_->start([this](const net::relay::Datagram& datagram) { received(datagram); });
  if (cameras_.empty())
    health_.set(Health::State::unknown, "No camera of this group can be asked: name its url.");
  else
    look();
}

base::Result<hub::Event> EdgertronicGroup::what_is(base::ByteView datagram, hub::Now now) const {
  auto event = read(datagram, {}, now);
  if (event) return std::move(*event);
  return base::fail(base::Errc::invalid, event.error().reason);
}

std::expected<hub::Event, Refused> EdgertronicGroup::read(base::ByteView datagram, std::string_view peer,
                                                          hub::Now now) const {
  const auto trigger = edgertronic::decode(datagram, config_.payload);
  if (!trigger)
    return std::unexpected(Refused{.protocol = hub::Protocol::edgertronic,
                                   .source = config_.name,
                                   .code = std::string(edgertronic::to_string(trigger.error())),
                                   .reason = std::string(edgertronic::sentence(trigger.error())),
                                   .peer = std::string(peer),
                                   .raw = {datagram.begin(), datagram.end()}});
  hub::Event event{.protocol = hub::Protocol::edgertronic,
                   .source = config_.name,
                   .kind = "trigger",
                   .received = now,
                   .key = key_of(datagram),
                   .copy_window = config_.duplicate_window,
                   .peer = std::string(peer),
                   .raw = {datagram.begin(), datagram.end()}};
  if (trigger->name) event.fields.push_back({"name", *trigger->name});
  return event;
}

void EdgertronicGroup::received(const net::relay::Datagram& datagram) {
  const hub::Now now = moment_of(datagram.at, host_.now());
  health_.heard();
  auto event = read(datagram.bytes, datagram.peer, now);
  if (event && datagram.own)
    event = std::unexpected(Refused{.outcome = hub::Outcome::echo,
                                    .protocol = hub::Protocol::edgertronic,
                                    .source = config_.name,
                                    .code = "echo",
                                    .reason = "This server sent it.",
                                    .peer = std::string(datagram.peer),
                                    .raw = {datagram.bytes.begin(), datagram.bytes.end()}});
  if (!event) return host_.refused(std::move(event.error()));
  event->id = host_.new_id(now.utc);
  host_.heard(std::move(*event));
}

void EdgertronicGroup::run(const hub::Command& command, Done done) {
  done = health_.noting(command.verb, std::move(done));
  std::optional<std::string> name;
  if (const std::string_view text = text_of(command, "name"); !text.empty() && config_.names) name = text;
  const auto repeat_count = number_of(command, "repeat");
  if (!repeat_count) return done(failed(repeat_count.error().message));
  const auto verify = flag_of(command, "verify");
  if (!verify) return done(failed(verify.error().message));
  auto encoded = edgertronic::encode(config_.payload, name);
  if (!encoded) return done(failed(encoded.error().message));

  const auto datagram = std::make_shared<const base::Bytes>(std::move(*encoded));
  host_.sent(hub::Protocol::edgertronic, key_of(*datagram), config_.duplicate_window);
  const auto sent = socket_->send(*datagram);
  const auto end = [datagram, done = std::move(done)](hub::Hub::Result result) {
    result.raw = *datagram;
    done(std::move(result));
  };
  if (!sent) return end(failed(sent.error().message));
  repeat(datagram, static_cast<std::uint32_t>(repeat_count->value_or(config_.repeat)) - 1);
  if (cameras_.empty() || !verify->value_or(true)) return end({.outcome = hub::Outcome::sent});
  std::make_shared<EdgertronicShot>(
      cameras_, name, config_.verify, [this, datagram] { return socket_->send(*datagram); }, end, host_)
      ->begin();
}

void EdgertronicGroup::repeat(std::shared_ptr<const base::Bytes> datagram, std::uint32_t left) {
  if (left == 0) return;
  // A copy that is lost for a newer trigger's sake is no loss: that one is repeated.
  repeating_.expires_after(config_.repeat_gap);
  repeating_.async_wait([this, datagram = std::move(datagram), left](const std::error_code& error) mutable {
    if (error) return;
    (void)socket_->send(*datagram);
    repeat(std::move(datagram), left - 1);
  });
}

void EdgertronicGroup::look() {
  for (const auto& camera : cameras_) {
    net::relay::HttpRequest request{.url = camera->url + std::string(edgertronic::status_target),
                                    .deadline = camera_patience,
                                    .most_body = edgertronic::max_answer_size,
                                    .repeatable = true};
    host_.http().ask(std::move(request), [this, &camera = *camera](const auto& answer) { looked(camera, answer); });
  }
  looking_.expires_after(look_interval);
  looking_.async_wait([this](const std::error_code& error) {
    if (!error) look();
  });
}

void EdgertronicGroup::looked(EdgertronicWatch& camera, const base::Result<net::relay::HttpAnswer>& answer) {
  camera.trouble.clear();
  if (!answer)
    camera.trouble = answer.error().message;
  else if (answer->status != 200)
    camera.trouble = fmt::format("It answers with status {}.", answer->status);
  if (camera.trouble.empty()) {
    const auto status = edgertronic::parse_status(base::as_text(answer->body));
    if (status) {
      camera.status = *status;
      camera.asked_at = host_.now().steady;
    } else {
      camera.trouble = status.error().message;
      host_.misread(edgertronic_answers);
    }
  }
  judge();
}

// The group is online when every camera is ready, offline when none can be asked.
void EdgertronicGroup::judge() {
  std::string reason;
  std::size_t silent = 0;
  for (const auto& camera : cameras_) {
    std::string trouble = camera->trouble;
    if (!trouble.empty()) ++silent;
    if (trouble.empty() && camera->status) {
      const edgertronic::Readiness readiness = edgertronic::readiness(*camera->status);
      if (!readiness.ready) trouble = readiness.sentence;
    }
    if (!trouble.empty()) reason += fmt::format("{}{}: {}", reason.empty() ? "" : " ", camera->name, trouble);
  }
  using State = Health::State;
  const State state = reason.empty() ? State::online : silent == cameras_.size() ? State::offline : State::degraded;
  health_.set(state, std::move(reason));
}

Health EdgertronicGroup::health() const {
  Health health = health_.get();
  const net::relay::UdpFigures figures = socket_->figures();
  health.figures = {{"received", figures.received},
                    {"foreign", figures.foreign},
                    {"sent", figures.sent},
                    {"not_sent", figures.not_sent},
                    {"dropped", figures.dropped}};
  for (const auto& camera : cameras_) {
    if (!camera->status) continue;
    health.details.push_back({camera->name, fmt::format("{}, {} %{}{}", edgertronic::to_string(camera->status->state),
                                                        camera->status->level, camera->status->flags == 0 ? "" : ", ",
                                                        edgertronic::flags_in_words(camera->status->flags))});
  }
  return health;
}

}  // namespace endpoints
