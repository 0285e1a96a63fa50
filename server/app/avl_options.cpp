// The options of the trackers' side: their links, and asking cameras for files over them.
#include <algorithm>
#include <tuple>

#include "server/app/option_setters.hpp"
#include "server/capture/wish.hpp"

namespace app {

namespace {
enum class Transport : std::uint8_t { tcp, tls, udp };

auto listeners_into(Transport transport) {
  return [transport](Settings& settings, const Strings& values) -> Result<> {
    const bool tls = transport == Transport::tls;
    auto& listen = transport == Transport::udp ? settings.avl.udp : settings.avl.listen;
    std::erase_if(listen, [&](const net::ListenAddress& each) { return each.tls == tls; });
    for (const std::string& value : values) {
      if (value.empty()) continue;
      auto address = parse_address(value);
      if (!address) return std::unexpected(address.error());
      address->tls = tls;
      listen.push_back(std::move(*address));
    }
    return {};
  };
}

Result<> set_profile(Settings& settings, const Strings& values) {
  if (const auto profile = capture::parse_profile(values.front()); !profile) return std::unexpected(profile.error());
  settings.capture.profile = values.front();
  return {};
}

Result<> set_camera_address(Settings& settings, const Strings& values) {
  settings.capture.camera_address.reset();
  if (values.front().empty()) return {};
  const auto address = parse_address(values.front());
  if (!address) return std::unexpected(address.error());
  settings.capture.camera_address = avl::Destination{address->host, address->port};
  return {};
}

using SosClip = std::pair<bool, bool>;  // front, rear
}  // namespace

std::vector<Option> avl_options() {
  return {
      {"avl-listen", "HOST:PORT", "Where trackers connect; empty: nowhere", "0.0.0.0:5027", true, false,
       listeners_into(Transport::tcp)},
      {"avl-tls-listen", "HOST:PORT", "Where trackers connect with TLS", "", true, false,
       listeners_into(Transport::tls)},
      {"avl-udp-listen", "HOST:PORT", "Where trackers send datagrams", "", true, false, listeners_into(Transport::udp)},
      {"max-trackers", "N", "Tracker links in all", "20000", false, false,
       count_into(1, 1'000'000, [](Settings& s) -> auto& { return s.avl.admission.total; })},
      {"max-trackers-per-ip", "N", "Tracker links from one address", "20000", false, false,
       count_into(1, 1'000'000, [](Settings& s) -> auto& { return s.avl.admission.per_ip; })},
      {"avl-idle-timeout", "TIME", "A link on which nothing comes for so long is closed", "15m", false, false,
       duration_into([](Settings& s) -> auto& { return s.avl.session.idle_deadline; })},
      {"keep-tracks", "TIME", "Records and device events are kept for so long; 0: for ever", "90d", false, false,
       duration_into([](Settings& s) -> auto& { return s.keep_tracks; })},
  };
}

std::vector<Option> capture_options() {
  constexpr std::uint64_t most_attempts = 20;
  return {
      {"capture-channel", "CHANNEL",
       "How commands reach devices unless a request says it: avl, their links here; webhook, another backend; sms",
       "avl", false, false,
       choice_into<storage::CaptureChannel>(
           {{"avl", storage::CaptureChannel::avl},
            {"webhook", storage::CaptureChannel::webhook},
            {"sms", storage::CaptureChannel::sms}},
           [](Settings& s, storage::CaptureChannel value) { s.capture.channel = value; })},
      {"capture-profile", "PROFILE",
       "Commands of devices that have no profile of their own: classic (camreq and kin), icam:1, icam:2 (icam_req, "
       "with "
       "the camera's serial port)",
       "classic", false, false, set_profile},
      {"camera-address", "HOST:PORT",
       "Where cameras reach this server from outside: a command can name a photo's resolution only with it", "", false,
       false, set_camera_address},
      {"capture-reply-timeout", "TIME", "For a device's answer to a command", "60s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.patience.reply; })},
      {"capture-file-timeout", "TIME", "For the file after the answer, and for more of it", "10m", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.patience.file; })},
      {"capture-rest", "TIME", "Before a command is sent again", "30s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.patience.rest; })},
      {"capture-attempts", "N", "A command is sent so often before its request has failed", "3", false, false,
       count_into(1, most_attempts, [](Settings& s) -> auto& { return s.cameras.patience.attempts; })},
      {"keep-requests", "TIME", "Requests are kept for so long behind their end; 0: for ever", "90d", false, false,
       duration_into([](Settings& s) -> auto& { return s.keep_requests; })},
      {"capture-webhook", "URL", "Commands of the channel webhook are posted there", "", false, true,
       text_into([](Settings& s) -> auto& { return s.capture.webhook; })},
      {"capture-webhook-secret", "FILE", "Signs what is posted there: HMAC-SHA256", "", false, false,
       text_into([](Settings& s) -> auto& { return s.capture.webhook_secret_file; })},
      {"sms-webhook", "URL", "Commands of the channel sms are posted there, to be sent as SMS", "", false, true,
       text_into([](Settings& s) -> auto& { return s.capture.sms_webhook; })},
      {"sms-webhook-secret", "FILE", "Signs what is posted there: HMAC-SHA256", "", false, false,
       text_into([](Settings& s) -> auto& { return s.capture.sms_secret_file; })},
      {"sms-credentials", "FILE", "Login and password that devices want in an SMS, a line each", "", false, false,
       text_into([](Settings& s) -> auto& { return s.capture.sms_credentials_file; })},
      {"sos-clip", "CAMERAS", "Asked for when a tracker reports an SOS trigger: off, front, rear or both", "off", false,
       false,
       choice_into<SosClip>(
           {{"off", {false, false}}, {"front", {true, false}}, {"rear", {false, true}}, {"both", {true, true}}},
           [](Settings& s, const SosClip& value) { std::tie(s.capture.sos_front, s.capture.sos_rear) = value; })},
      {"sos-before", "TIME", "Of such a clip, before the trigger", "5s", false, false,
       duration_into([](Settings& s) -> auto& { return s.capture.sos_before; })},
      {"sos-after", "TIME", "Of such a clip, after the trigger", "5s", false, false,
       duration_into([](Settings& s) -> auto& { return s.capture.sos_after; })},
  };
}

}  // namespace app
