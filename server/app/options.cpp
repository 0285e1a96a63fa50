// The table of options: name, help, default and how a value is taken.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "server/app/option_setters.hpp"

namespace app {

namespace {
// More cannot be counted in the catalog at every INIT: server/net/storm_breaker.cpp.
constexpr std::uint64_t max_storm_files = 10'000;

auto listeners_into(bool tls) {
  return [tls](Settings& settings, const Strings& values) -> Result<> {
    auto& listen = settings.cameras.listen;
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

Result<> set_balancers(Settings& settings, const Strings& values) {
  settings.cameras.balancers.clear();
  for (const std::string& value : values) {
    if (value.empty()) continue;
    auto network = net::Network::parse(value);
    if (!network) return std::unexpected(network.error());
    settings.cameras.balancers.push_back(*network);
  }
  return {};
}

Result<> set_http(Settings& settings, const Strings& values) {
  const auto address = parse_address(values.front());
  if (!address) return std::unexpected(address.error());
  settings.http_host = address->host;
  settings.http_port = address->port;
  return {};
}

Result<> set_class_order(Settings& settings, const Strings& values) {
  std::vector<dualcam::FileClass> order;
  std::string_view rest = values.front();
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto file_class = dualcam::parse_file_class(rest.substr(0, comma));
    if (!file_class || std::ranges::find(order, *file_class) != order.end())
      return base::fail(
          base::Errc::invalid,
          fmt::format("\"{}\" is no order; name each of photof, photor, videof, videor, path once", values.front()));
    order.push_back(*file_class);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  // What is not named comes last, in the usual order.
  for (const dualcam::FileClass file_class : dualcam::photos_first)
    if (std::ranges::find(order, file_class) == order.end()) order.push_back(file_class);
  std::ranges::copy(order, settings.cameras.class_order.begin());
  return {};
}

std::vector<Option> network_options() {
  return {
      {"dualcam-listen", "HOST:PORT", "Where cameras connect", "0.0.0.0:7700", true, false, listeners_into(false)},
      {"dualcam-tls-listen", "HOST:PORT", "Where cameras connect with TLS", "", true, false, listeners_into(true)},
      {"proxy-from", "NETWORK", "Balancers in front of the cameras: their connections begin with a PROXY header", "",
       true, false, set_balancers},
      {"tls-cert", "FILE", "Certificate chain for the TLS listeners, PEM", "", false, false,
       text_into([](Settings& s) -> auto& { return s.cameras.tls.certificate_chain; })},
      {"tls-key", "FILE", "Private key for the TLS listeners, PEM", "", false, false,
       text_into([](Settings& s) -> auto& { return s.cameras.tls.private_key; })},
      {"http-listen", "HOST:PORT", "Where the API and the web page are served", "127.0.0.1:8080", false, false,
       set_http},
      {"max-connections", "N", "Camera connections in all", "10000", false, false,
       count_into(1, 1'000'000, [](Settings& s) -> auto& { return s.cameras.admission.total; })},
      {"max-connections-per-ip", "N", "Camera connections from one address", "2048", false, false,
       count_into(1, 1'000'000, [](Settings& s) -> auto& { return s.cameras.admission.per_ip; })},
      {"max-connections-per-device", "N", "Connections of one IMEI; beyond it the oldest is closed", "4", false, false,
       count_into(1, 1000, [](Settings& s) -> auto& { return s.cameras.admission.per_device; })},
      {"min-progress", "SIZE", "Least a camera must send within --progress-window", "8KiB", false, false,
       bytes_into([](Settings& s) -> auto& { return s.cameras.progress.bytes; })},
      {"progress-window", "TIME", "The window of --min-progress", "60s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.progress.within; })},
  };
}

std::vector<Option> protocol_options() {
  return {
      {"device-policy", "POLICY", "open: every camera; allow-list: those of --device-list", "open", false, false,
       choice_into<net::DevicePolicy>(
           {{"open", net::DevicePolicy::open}, {"allow-list", net::DevicePolicy::allow_list}},
           [](Settings& s, net::DevicePolicy value) { s.cameras.policy = value; })},
      {"relay", "FILE", "Other cameras near the vehicle, and the rules between them (docs/relay.md); empty: none", "",
       false, false, text_into([](Settings& s) -> auto& { return s.relay_file; })},
      {"device-list", "FILE", "Allowed IMEIs, one a line", "", false, false,
       text_into([](Settings& s) -> auto& { return s.cameras.device_list; })},
      {"class-order", "CLASSES", "What a camera is asked for first", "photof,photor,videof,videor,path", false, false,
       set_class_order},
      {"max-file-size", "SIZE", "Largest file taken from a camera", "256MiB", false, false,
       bytes_into([](Settings& s) -> auto& { return s.cameras.session.max_file_bytes; })},
      {"storm-files", "N",
       "Files of a device within --storm-window before it is asked for photos and events only, with twice as many for "
       "events only; 0: no limit",
       "600", false, false, count_into(0, max_storm_files, [](Settings& s) -> auto& { return s.cameras.storm.files; })},
      {"storm-bytes", "SIZE", "The same by size; 0: no limit", "1GiB", false, false,
       bytes_into([](Settings& s) -> auto& { return s.cameras.storm.bytes; })},
      {"storm-window", "TIME", "The window of --storm-files and --storm-bytes; it slides", "1h", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.storm.window; })},
      {"init-timeout", "TIME", "For INIT after a camera has connected", "60s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.init_deadline; })},
      {"reply-timeout", "TIME", "For PATH, META and START", "15s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.reply_deadline; })},
      {"sync-timeout", "TIME", "For SYNC", "10s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.sync_deadline; })},
      {"nudge-after", "TIME", "Silence within a file after which a camera is asked again", "15s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.nudge_after; })},
      {"data-timeout", "TIME", "Between two DATA frames", "45s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.data_deadline; })},
      {"ack-timeout", "TIME", "For INIT after an acknowledgement", "20s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.after_ack_deadline; })},
      {"linger", "TIME", "For a camera to disconnect after CLOSE", "5s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.linger; })},
      {"store-timeout", "TIME", "A camera waits so long for its file to be stored", "60s", false, false,
       duration_into([](Settings& s) -> auto& { return s.cameras.session.store_deadline; })},
  };
}

std::vector<Option> storage_options() {
  return {
      {"data-dir", "DIR", "The spool, and by default catalog and objects", "./var", false, false,
       text_into([](Settings& s) -> auto& { return s.data_dir; })},
      {"catalog", "URL", "Metadata: sqlite:PATH or postgresql://…; default sqlite:DATA_DIR/catalog.db", "", false, true,
       text_into([](Settings& s) -> auto& { return s.catalog; })},
      {"objects", "URL",
       "Files: file:DIR, or s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION with the keys in "
       "DUALCAMD_S3_ACCESS_KEY and DUALCAMD_S3_SECRET or credentials=FILE; default file:DATA_DIR/objects",
       "", false, true, text_into([](Settings& s) -> auto& { return s.objects; })},
      {"partial-ttl", "TIME", "An unfinished file is kept so long after its last byte", "7d", false, false,
       duration_into([](Settings& s) -> auto& { return s.partial_ttl; })},
  };
}

// 0 of anything: no such rule. Nothing that was acknowledged is deleted unless somebody says so.
std::vector<Option> keeping_options() {
  return {
      {"keep-for", "TIME", "Files are deleted so long after they came; 0: never", "0s", false, false,
       duration_into([](Settings& s) -> auto& { return s.retention.max_age; })},
      {"keep-per-device", "SIZE", "Above it the oldest files of a device are deleted; 0: no bound", "0", false, false,
       bytes_into([](Settings& s) -> auto& { return s.retention.device_bytes; })},
      {"keep-total-high", "SIZE", "Above it the oldest files are deleted, down to --keep-total-low; 0: no bound", "0",
       false, false, bytes_into([](Settings& s) -> auto& { return s.retention.total_high; })},
      {"keep-total-low", "SIZE", "See --keep-total-high; 0: nine tenths of it", "0", false, false,
       bytes_into([](Settings& s) -> auto& { return s.retention.total_low; })},
      {"objects-volume-high", "PERCENT",
       "With file: objects, above it the oldest files are deleted, down to --objects-volume-low; 0: never", "0%", false,
       false, percent_into([](Settings& s) -> auto& { return s.retention.volume_high; })},
      {"objects-volume-low", "PERCENT", "See --objects-volume-high; 0: five below it", "0%", false, false,
       percent_into([](Settings& s) -> auto& { return s.retention.volume_low; })},
      {"spool-volume-high", "PERCENT",
       "Above it unfinished files, which cameras still have, are dropped, oldest first, where that gets down to "
       "--spool-volume-low; 0: never",
       "90%", false, false, percent_into([](Settings& s) -> auto& { return s.spool_high; })},
      {"spool-volume-low", "PERCENT", "See --spool-volume-high; 0: five below it", "0%", false, false,
       percent_into([](Settings& s) -> auto& { return s.spool_low; })},
      {"keep-triggers", "TIME", "What the relay heard and did is kept for so long; 0: for ever", "90d", false, false,
       duration_into([](Settings& s) -> auto& { return s.keep_triggers; })},
      {"retention-interval", "TIME", "Between two looks at these rules", "1m", false, false,
       duration_into([](Settings& s) -> auto& { return s.retention_interval; })},
      {"scrub-interval", "TIME", "Between two comparisons of catalog and objects; 0: only by hand", "24h", false, false,
       duration_into([](Settings& s) -> auto& { return s.scrub_interval; })},
      {"scrub-sample", "SIZE", "Of the stored files, read again and compared with their SHA-256 in each scrub", "4GiB",
       false, false, bytes_into([](Settings& s) -> auto& { return s.scrub_sample; })},
  };
}

std::vector<std::pair<std::string, std::string>> presets() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const char* name :
       {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"})
    all.emplace_back(name, name);
  return all;
}

std::vector<Option> transcode_options() {
  constexpr std::uint64_t most_threads = 64;
  return {
      {"transcode-jobs", "N",
       "Files made ready to be shown at a time; 0: none in this process, others on the same catalog do it", "1", false,
       false, count_into(0, 256, [](Settings& s) -> auto& { return s.transcode.jobs; })},
      {"transcode-threads", "N", "Of one job; 0: one per core", "0", false, false,
       count_into(0, most_threads, [](Settings& s) -> auto& { return s.transcode.encoding.threads; })},
      {"transcode-playback", "WHEN",
       "at-once: every video is made playable in every browser; on-demand: when somebody asks for it", "at-once", false,
       false,
       choice_into<bool>({{"at-once", true}, {"on-demand", false}},
                         [](Settings& s, bool value) { s.transcode.playback_at_once = value; })},
      {"transcode-remux", "KEEP", "keep: beside the playback, an MP4 in the camera's own quality; drop: not", "keep",
       false, false,
       choice_into<bool>({{"keep", true}, {"drop", false}},
                         [](Settings& s, bool value) { s.transcode.remux = value; })},
      {"transcode-height", "PIXELS", "Higher videos are made smaller for playback; 0: none is", "720", false, false,
       count_into(0, 8192, [](Settings& s) -> auto& { return s.transcode.encoding.max_height; })},
      {"transcode-crf", "N", "Quality of playback, x264's CRF: 18 is nearly the original, 28 is small", "23", false,
       false, count_into(1, 51, [](Settings& s) -> auto& { return s.transcode.encoding.crf; })},
      {"transcode-preset", "NAME", "x264's preset: slower ones make smaller files", "veryfast", false, false,
       choice_into<std::string>(presets(),
                                [](Settings& s, const std::string& value) { s.transcode.encoding.preset = value; })},
      {"transcode-memory", "SIZE",
       "Most that one job may take; 0: no limit. 4K that is not made smaller (--transcode-height) takes 2GiB", "1GiB",
       false, false, bytes_into([](Settings& s) -> auto& { return s.transcode.limits.memory_bytes; })},
      {"transcode-cpu-time", "TIME", "Most that one job may compute, all threads together", "5m", false, false,
       duration_into([](Settings& s) -> auto& { return s.transcode.limits.cpu; })},
      {"transcode-time", "TIME", "Most that one job may take", "10m", false, false,
       duration_into([](Settings& s) -> auto& { return s.transcode.limits.wall; })},
      {"transcode-program", "FILE",
       "The sandboxed program of one job; default dualcam-transcode-job beside this program, else in PATH", "", false,
       false, text_into([](Settings& s) -> auto& { return s.transcode.program; })},
  };
}

std::vector<Option> process_options() {
  const std::string cores = std::to_string(std::max(1U, std::thread::hardware_concurrency()));
  return {
      {"threads", "N", "I/O threads", cores, false, false,
       count_into(1, 256, [](Settings& s) -> auto& { return s.cameras.threads; })},
      {"store-threads", "N", "Files that are stored at the same time", "16", false, false,
       count_into(1, 256, [](Settings& s) -> auto& { return s.cameras.store_threads; })},
      {"node", "NAME", "Name of this server in transfers and logs; default the host name", "", false, false,
       text_into([](Settings& s) -> auto& { return s.cameras.node; })},
      {"drain-timeout", "TIME", "At SIGTERM, for files under way to be finished; a second one ends it", "10s", false,
       false, duration_into([](Settings& s) -> auto& { return s.drain_timeout; })},
      {"log-level", "LEVEL", "debug, info, warning or error", "info", false, false,
       choice_into<base::log::Level>({{"debug", base::log::Level::debug},
                                      {"info", base::log::Level::info},
                                      {"warning", base::log::Level::warning},
                                      {"error", base::log::Level::error}},
                                     [](Settings& s, base::log::Level value) { s.log.level = value; })},
      {"log-format", "FORMAT", "text or json", "text", false, false,
       choice_into<base::log::Format>({{"text", base::log::Format::text}, {"json", base::log::Format::json}},
                                      [](Settings& s, base::log::Format value) { s.log.format = value; })},
  };
}
}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> table = storage_options();
    for (auto group : {keeping_options(), transcode_options(), network_options(), protocol_options(), avl_options(),
                       capture_options(), event_options(), recording_options(), process_options()})
      table.insert(table.end(), group.begin(), group.end());
    return table;
  }();
  return all;
}

}  // namespace app
