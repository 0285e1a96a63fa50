#include "server/app/trackers.hpp"

#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "server/base/log.hpp"
#include "server/capture/gateway.hpp"
#include "server/capture/sos_rule.hpp"
#include "server/tracking/record_writer.hpp"

namespace app {

namespace {
// The first `count` lines of a file with secrets; what is in them never reaches an error.
base::Result<std::vector<std::string>> secret_lines(const std::string& file, std::size_t count, const char* option) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; lines.size() < count && std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  if (lines.size() == count && !lines.front().empty()) return lines;
  return base::fail(base::Errc::invalid, fmt::format("The file {} of --{} cannot be read or has fewer than {} {}.",
                                                     file, option, count, count == 1 ? "line" : "lines"));
}

base::Result<std::unique_ptr<capture::Gateway>> webhook_of(const CaptureSettings& settings) {
  if (settings.webhook.empty()) return nullptr;
  capture::GatewayOptions options{.url = settings.webhook};
  if (!settings.webhook_secret_file.empty()) {
    const auto secret = secret_lines(settings.webhook_secret_file, 1, "capture-webhook-secret");
    if (!secret) return std::unexpected(secret.error());
    options.secret = secret->front();
  }
  return capture::open_gateway(options);
}

base::Result<std::unique_ptr<capture::Gateway>> sms_gateway_of(const CaptureSettings& settings) {
  if (settings.sms_webhook.empty()) return nullptr;
  capture::GatewayOptions options{.url = settings.sms_webhook, .sms = true};
  if (!settings.sms_secret_file.empty()) {
    const auto secret = secret_lines(settings.sms_secret_file, 1, "sms-webhook-secret");
    if (!secret) return std::unexpected(secret.error());
    options.secret = secret->front();
  }
  if (!settings.sms_credentials_file.empty()) {
    const auto both = secret_lines(settings.sms_credentials_file, 2, "sms-credentials");
    if (!both) return std::unexpected(both.error());
    options.sms_login = both->front();
    options.sms_password = both->back();
  }
  return capture::open_gateway(options);
}

net::AvlServerOptions avl_options_of(const Settings& settings, const std::string& node) {
  net::AvlServerOptions options = settings.avl;
  options.tls = settings.cameras.tls;
  options.balancers = settings.cameras.balancers;
  options.policy = settings.cameras.policy;
  options.device_list = settings.cameras.device_list;
  options.node = node;
  return options;
}
}  // namespace

// Made from top to bottom: whoever is called by another is there before it, and is gone after it.
struct Trackers::Parts {
  std::unique_ptr<capture::Gateway> webhook;
  std::unique_ptr<capture::Gateway> sms;
  std::unique_ptr<tracking::RecordWriter> writer;
  std::unique_ptr<net::AvlServer> links;
  std::unique_ptr<capture::Dispatcher> dispatcher;
  std::unique_ptr<capture::SosRule> sos;
  bool stopped = false;
};

base::Result<std::unique_ptr<Trackers>> Trackers::create(const Settings& settings, const std::string& node,
                                                         storage::Catalog& catalog, prometheus::Registry& registry,
                                                         std::function<void()> sos, recorder::Recorder* recorder) {
  auto parts = std::make_unique<Parts>();
  auto webhook = webhook_of(settings.capture);
  if (!webhook) return std::unexpected(webhook.error());
  auto sms = sms_gateway_of(settings.capture);
  if (!sms) return std::unexpected(sms.error());
  parts->webhook = std::move(*webhook);
  parts->sms = std::move(*sms);

  Parts* const all = parts.get();
  parts->writer = std::make_unique<tracking::RecordWriter>(catalog.tracking(), registry);
  net::AvlServices services{
      .tracking = catalog.tracking(),
      .writer = *parts->writer,
      .linked = [all](const base::Imei& imei) { all->dispatcher->tracker_linked(imei); },
      .said = [all](const base::Imei& imei, std::string_view text) { all->dispatcher->tracker_said(imei, text); },
      .recorder = recorder};
  auto links = net::AvlServer::create(avl_options_of(settings, node), std::move(services), registry);
  if (!links) return std::unexpected(links.error());
  parts->links = std::move(*links);
  parts->dispatcher = std::make_unique<capture::Dispatcher>(
      capture::DispatcherOptions{.node = node, .patience = settings.cameras.patience}, catalog.captures(),
      [all](const base::Imei& imei, std::string_view command) { return all->links->send(imei, command); },
      parts->webhook.get(), parts->sms.get(), registry);
  const CaptureSettings& capture = settings.capture;
  parts->sos = std::make_unique<capture::SosRule>(
      capture::SosOptions{.video = capture.sos_front || capture.sos_rear,
                          .front = capture.sos_front,
                          .rear = capture.sos_rear,
                          .before = capture.sos_before,
                          .after = capture.sos_after,
                          .channel = capture.channel},
      catalog.tracking(), catalog.captures(), [all] { all->dispatcher->look(); }, registry);
  parts->writer->on_sos([all, sos = std::move(sos)] {
    all->sos->look();
    if (sos) sos();
  });
  return std::unique_ptr<Trackers>(new Trackers(std::move(parts)));
}

Trackers::Trackers(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Trackers::~Trackers() {
  stop();
  parts_->writer->on_sos(nullptr);  // the writer is there longer than the rule
  parts_->sos.reset();
  parts_->dispatcher.reset();  // sends over the links
}

void Trackers::start() {
  parts_->links->start();
}
std::vector<net::ListenAddress> Trackers::listening() const {
  return parts_->links->listening();
}
std::vector<net::ListenAddress> Trackers::listening_udp() const {
  return parts_->links->listening_udp();
}
capture::Dispatcher& Trackers::dispatcher() noexcept {
  return *parts_->dispatcher;
}
base::Result<> Trackers::reload() {
  return parts_->links->reload();
}
void Trackers::stop() {
  if (!std::exchange(parts_->stopped, true)) parts_->links->drain();
}

}  // namespace app
