#include "server/app/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "server/capture/wish.hpp"

namespace app {

namespace {
constexpr std::string_view environment_prefix = "DUALCAMD_";
constexpr std::string_view file_suffix = "_FILE";
constexpr std::string_view credentials_prefix = "DUALCAMD_S3_";  // the object store's own business

const Option* find_option(std::string_view name) {
  const auto found = std::ranges::find(options(), name, &Option::name);
  return found == options().end() ? nullptr : &*found;
}

// A list is written with commas.
std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> parts;
  for (auto comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  parts.emplace_back(text);
  return parts;
}
}  // namespace

std::string environment_name(std::string_view option) {
  std::string name(environment_prefix);
  for (const char c : option) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

namespace {
const Option* option_of(std::string_view variable) {
  const auto found =
      std::ranges::find(options(), variable, [](const Option& each) { return environment_name(each.name); });
  return found == options().end() ? nullptr : &*found;
}

// The option whose value is in a file, by the name of the variable that says where.
const Option* option_in_file(std::string_view variable) {
  return variable.ends_with(file_suffix) ? option_of(variable.substr(0, variable.size() - file_suffix.size()))
                                         : nullptr;
}

base::Result<std::string> first_line_of(const std::string& path, std::string_view variable) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line))
    return base::fail(base::Errc::invalid, fmt::format("{}: the first line of {} cannot be read.", variable, path));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}
}  // namespace

base::Result<Values> read_environment(std::span<const std::string> variables) {
  Values values;
  std::map<const Option*, std::string_view> given;  // by which variable
  for (const std::string_view variable : variables) {
    const auto equals = std::min(variable.find('='), variable.size());
    const std::string_view name = variable.substr(0, equals);
    const std::string_view text = variable.substr(std::min(equals + 1, variable.size()));
    if (!name.starts_with(environment_prefix) || name.starts_with(credentials_prefix) || name == config_variable)
      continue;
    const Option* option = option_of(name);
    std::string value(text);
    if (const Option* in_file = option == nullptr ? option_in_file(name) : nullptr) {
      auto line = first_line_of(value, name);
      if (!line) return std::unexpected(line.error());
      option = in_file;
      value = std::move(*line);
    }
    if (option == nullptr) {
      values[std::string(name)] = {std::move(value)};
      continue;
    }
    const auto [other, first] = given.try_emplace(option, name);
    if (!first)
      return base::fail(base::Errc::invalid,
                        fmt::format("Both {} and {} are set; one of them is enough.", other->second, name));
    values[option->name] = option->repeatable ? list_of(value) : std::vector{std::move(value)};
  }
  return values;
}

namespace {
std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::built_in: return "default";
    case Origin::file: return "file";
    case Origin::environment: return "environment";
    case Origin::flag: return "flag";
  }
  return "default";
}

std::string said_in(const Option& option, Origin origin) {
  if (origin == Origin::environment) return environment_name(option.name);
  if (origin == Origin::file) return fmt::format("{} in the configuration file", option.name);
  return fmt::format("--{}", option.name);
}

std::string meant(const std::string& name) {
  return name.empty() ? "." : fmt::format("; is {} meant?", name);
}

std::string unknown_key(std::string_view name) {
  const Option* nearest = nearest_option(name);
  return fmt::format("The configuration file has an unknown key, {}{}", name,
                     meant(nearest == nullptr ? "" : nearest->name));
}

std::string unknown_variable(std::string_view name) {
  const Option* nearest = nearest_option(name.substr(environment_prefix.size()));
  return fmt::format("The environment has an unknown variable, {}{}", name,
                     meant(nearest == nullptr ? "" : environment_name(nearest->name)));
}

// A wait of no time ends every connection at once.
base::Result<> check_waits(const Settings& settings) {
  const dualcam::SessionOptions& session = settings.cameras.session;
  using Wait = std::pair<const char*, std::chrono::milliseconds>;
  for (const auto& [name, wait] :
       {Wait{"init-timeout", session.init_deadline}, Wait{"reply-timeout", session.reply_deadline},
        Wait{"sync-timeout", session.sync_deadline}, Wait{"data-timeout", session.data_deadline},
        Wait{"ack-timeout", session.after_ack_deadline}, Wait{"store-timeout", session.store_deadline},
        Wait{"progress-window", settings.cameras.progress.within}, Wait{"storm-window", settings.cameras.storm.window},
        Wait{"transcode-cpu-time", settings.transcode.limits.cpu},
        Wait{"transcode-time", settings.transcode.limits.wall}, Wait{"partial-ttl", settings.partial_ttl},
        Wait{"retention-interval", settings.retention_interval},
        Wait{"avl-idle-timeout", settings.avl.session.idle_deadline},
        Wait{"capture-reply-timeout", settings.cameras.patience.reply},
        Wait{"capture-file-timeout", settings.cameras.patience.file},
        Wait{"capture-rest", settings.cameras.patience.rest}})
    if (wait.count() <= 0) return base::fail(base::Errc::invalid, fmt::format("--{} must be longer than 0.", name));
  return {};
}

// With less the sandbox itself does not come to be, and with a little more no file of a camera is decoded.
base::Result<> check_memory(const TranscodeSettings& settings) {
  constexpr std::uint64_t least = 256ULL << 20;
  if (settings.limits.memory_bytes == 0 || settings.limits.memory_bytes >= least) return {};
  return base::fail(base::Errc::invalid, "--transcode-memory must be 256MiB or more, or 0 for no limit.");
}

// Where only the high mark is given, the low one is a little below.
base::Result<> settle_marks(Settings& settings) {
  storage::RetentionRules& rules = settings.retention;
  constexpr double percent_below = 5;
  const auto below = [](double high) { return std::max(high - percent_below, 0.0); };
  if (rules.total_low == 0) rules.total_low = rules.total_high - rules.total_high / 10;
  if (rules.volume_low <= 0) rules.volume_low = below(rules.volume_high);
  if (settings.spool_low <= 0) settings.spool_low = below(settings.spool_high);
  if (rules.total_low > rules.total_high)
    return base::fail(base::Errc::invalid, "--keep-total-low must not be above --keep-total-high.");
  if (rules.volume_low > rules.volume_high)
    return base::fail(base::Errc::invalid, "--objects-volume-low must not be above --objects-volume-high.");
  if (settings.spool_low > settings.spool_high)
    return base::fail(base::Errc::invalid, "--spool-volume-low must not be above --spool-volume-high.");
  return {};
}

base::Result<> check_capture(const Settings& settings) {
  const CaptureSettings& capture = settings.capture;
  const auto invalid = [](const char* sentence) { return base::fail(base::Errc::invalid, sentence); };
  if (capture.channel == storage::CaptureChannel::webhook && capture.webhook.empty())
    return invalid("--capture-channel webhook needs --capture-webhook URL.");
  if (capture.channel == storage::CaptureChannel::sms && capture.sms_webhook.empty())
    return invalid("--capture-channel sms needs --sms-webhook URL.");
  if (!capture.webhook_secret_file.empty() && capture.webhook.empty())
    return invalid("--capture-webhook-secret signs what --capture-webhook posts: set that, too.");
  if ((!capture.sms_secret_file.empty() || !capture.sms_credentials_file.empty()) && capture.sms_webhook.empty())
    return invalid("--sms-webhook-secret and --sms-credentials belong to --sms-webhook: set that, too.");
  const auto sos = capture.sos_before + capture.sos_after;
  if ((capture.sos_front || capture.sos_rear) && (sos.count() < 1 || sos.count() > capture::longest_wish_s))
    return base::fail(base::Errc::invalid, fmt::format("--sos-before and --sos-after together are 1 to {} seconds.",
                                                       capture::longest_wish_s));
  return {};
}

base::Result<> check_recording(const recorder::Options& recording) {
  constexpr std::uint64_t least = 64ULL << 10;  // a photo, and what is said about it
  if (recording.session_bytes < least)
    return base::fail(base::Errc::invalid, "--record-session-bytes must be 64KiB or more.");
  if (recording.total_bytes < recording.session_bytes)
    return base::fail(base::Errc::invalid, "--record-bytes must not be below --record-session-bytes.");
  return {};
}

base::Result<> check_events(const EventSettings& events) {
  const bool webhook =
      std::ranges::find(events.targets, events::TargetKind::webhook, &events::TargetUrl::kind) != events.targets.end();
  if (!webhook || !events.secret.empty()) return {};
  return base::fail(base::Errc::invalid,
                    "--events names a webhook, which needs --events-secret: by that its receiver knows what is ours.");
}

base::Result<> check(const Settings& settings) {
  if (settings.data_dir.empty()) return base::fail(base::Errc::invalid, "--data-dir must name a directory.");
  if (settings.cameras.listen.empty())
    return base::fail(base::Errc::invalid, "No camera can connect: set --dualcam-listen or --dualcam-tls-listen.");
  if (settings.cameras.policy == net::DevicePolicy::allow_list && settings.cameras.device_list.empty())
    return base::fail(base::Errc::invalid, "--device-policy allow-list needs --device-list FILE.");
  if (settings.cameras.tls.certificate_chain.empty() != settings.cameras.tls.private_key.empty())
    return base::fail(base::Errc::invalid, "--tls-cert and --tls-key belong together: set both or none.");
  if (auto good = check_capture(settings); !good) return good;
  if (auto good = check_events(settings.events); !good) return good;
  if (auto good = check_recording(settings.recording); !good) return good;
  if (auto enough = check_memory(settings.transcode); !enough) return enough;
  return check_waits(settings);
}

// An option takes one value, a repeatable one any number: an empty list says none of them.
base::Result<std::vector<std::string>> given_values(const Option& option, const std::vector<std::string>& values) {
  if (option.repeatable && values.empty()) return std::vector<std::string>{""};
  if (!option.repeatable && values.size() != 1)
    return base::fail(base::Errc::invalid, fmt::format("one value is needed, {} are given", values.size()));
  return values;
}
}  // namespace

base::Result<Effective> combine(const Values& file, const Values& environment, const Values& flags) {
  for (const auto& [name, values] : file)
    if (find_option(name) == nullptr) return base::fail(base::Errc::invalid, unknown_key(name));
  Effective effective;
  for (const auto& [name, values] : environment)
    if (find_option(name) == nullptr) effective.warnings.push_back(unknown_variable(name));
  for (const Option& option : options()) {
    Origin origin = Origin::built_in;
    std::vector<std::string> values{option.built_in};
    for (const auto& [source, which] : {std::pair{&file, Origin::file}, std::pair{&environment, Origin::environment},
                                        std::pair{&flags, Origin::flag}}) {
      const auto found = source->find(option.name);
      if (found == source->end()) continue;
      auto given = given_values(option, found->second);
      if (!given)
        return base::fail(base::Errc::invalid, fmt::format("{}: {}.", said_in(option, which), given.error().message));
      values = std::move(*given);
      origin = which;
    }
    if (auto taken = option.set(effective.settings, values); !taken)
      return base::fail(base::Errc::invalid, fmt::format("{}: {}.", said_in(option, origin), taken.error().message));
    effective.values[option.name] = std::move(values);
    effective.origins[option.name] = origin;
  }
  Settings& settings = effective.settings;
  if (settings.catalog.empty()) settings.catalog = fmt::format("sqlite:{}/catalog.db", settings.data_dir);
  if (settings.objects.empty()) settings.objects = fmt::format("file:{}/objects", settings.data_dir);
  effective.values["catalog"] = {settings.catalog};
  effective.values["objects"] = {settings.objects};
  if (auto settled = settle_marks(settings); !settled) return std::unexpected(settled.error());
  if (auto sound = check(settings); !sound) return std::unexpected(sound.error());
  return effective;
}

namespace {
// scheme://user:SECRET@… Up to the last @: what was not escaped must not show either.
void mask_password(std::string& text) {
  const auto scheme = text.find("://");
  const auto at = text.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos) return;
  const auto colon = text.find(':', scheme + 3);
  if (colon < at) text.replace(colon + 1, at - colon - 1, "***");
}

bool names_secret(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(std::array<std::string_view, 4>{"password", "passwd", "secret", "token"},
                             [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// name=SECRET and name='SECRET' in a query or a list.
void mask_parameters(std::string& text) {
  constexpr std::string_view separators = "?&; ";
  for (auto equals = text.find('='); equals != std::string::npos; equals = text.find('=', equals + 1)) {
    const auto before = text.find_last_of(separators, equals);
    const auto name_begin = before == std::string::npos ? 0 : before + 1;
    if (!names_secret(std::string_view(text).substr(name_begin, equals - name_begin))) continue;
    const bool quoted = text.compare(equals + 1, 1, "'") == 0;
    const auto end = quoted ? text.find('\'', equals + 2) : text.find_first_of("& ", equals + 1);
    text.replace(equals + 1, std::min(end, text.size()) - equals - 1, quoted ? "'***" : "***");
  }
}
}  // namespace

std::string mask_secrets(std::string_view text) {
  std::string masked(text);
  mask_password(masked);
  mask_parameters(masked);
  return masked;
}

namespace {
std::string shown(const Option& option, const std::string& value) {
  if (option.hidden) return value.empty() ? "" : "***";
  return option.secret ? mask_secrets(value) : value;
}
}  // namespace

std::string show(const Effective& effective) {
  std::string text;
  for (const Option& option : options()) {
    std::string value;
    const auto& values = effective.values.at(option.name);
    for (const std::string& each : values) {
      if (!value.empty()) value += ", ";
      value += '"';
      for (const char c : shown(option, each)) {
        if (c == '"' || c == '\\') value += '\\';
        value += c;
      }
      value += '"';
    }
    if (option.repeatable) value = fmt::format("[{}]", values == std::vector<std::string>{""} ? "" : value);
    text += fmt::format("{} = {}  # {}\n", option.name, value, to_string(effective.origins.at(option.name)));
  }
  return text;
}

}  // namespace app
