#include "server/app/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace app {

std::string environment_name(std::string_view option) {
  std::string name = "DUALCAMD_";
  for (const char c : option) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

Values read_environment(const std::function<const char*(const char*)>& get) {
  Values values;
  for (const Option& option : options()) {
    const char* text = get(environment_name(option.name).c_str());
    if (text == nullptr) continue;
    std::vector<std::string> parts;
    std::string_view rest = text;
    while (option.repeatable && rest.find(',') != std::string_view::npos) {
      parts.emplace_back(rest.substr(0, rest.find(',')));
      rest.remove_prefix(rest.find(',') + 1);
    }
    parts.emplace_back(rest);
    values[option.name] = std::move(parts);
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

base::Result<> check(const Settings& settings) {
  if (settings.cameras.listen.empty())
    return base::fail(base::Errc::invalid, "No camera can connect: set --dualcam-listen or --dualcam-tls-listen.");
  if (settings.cameras.policy == net::DevicePolicy::allow_list && settings.cameras.device_list.empty())
    return base::fail(base::Errc::invalid, "--device-policy allow-list needs --device-list FILE.");
  if (settings.cameras.tls.certificate_chain.empty() != settings.cameras.tls.private_key.empty())
    return base::fail(base::Errc::invalid, "--tls-cert and --tls-key belong together: set both or none.");
  return {};
}
}  // namespace

base::Result<Effective> combine(const Values& file, const Values& environment, const Values& flags) {
  const auto known = [](const std::string& name) {
    return std::ranges::any_of(options(), [&](const Option& option) { return option.name == name; });
  };
  for (const auto& [name, values] : file)
    if (!known(name))
      return base::fail(base::Errc::invalid, fmt::format("The configuration file has an unknown key, {}.", name));
  Effective effective;
  for (const Option& option : options()) {
    Origin origin = Origin::built_in;
    std::vector<std::string> values{option.built_in};
    for (const auto& [source, which] : {std::pair{&file, Origin::file}, std::pair{&environment, Origin::environment},
                                        std::pair{&flags, Origin::flag}}) {
      const auto found = source->find(option.name);
      if (found == source->end() || found->second.empty()) continue;
      values = found->second;
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
  if (auto sound = check(settings); !sound) return std::unexpected(sound.error());
  return effective;
}

std::string mask_secrets(std::string_view text) {
  std::string masked(text);
  if (const auto scheme = masked.find("://"); scheme != std::string::npos) {
    const auto end = std::min(masked.find('/', scheme + 3), masked.size());
    const auto at = masked.rfind('@', end);
    const auto colon = masked.find(':', scheme + 3);
    if (at != std::string::npos && at > scheme && colon < at) masked.replace(colon + 1, at - colon - 1, "***");
  }
  for (const std::string_view key : {"password=", "secret=", "secret_key="})
    for (auto at = masked.find(key); at != std::string::npos; at = masked.find(key, at + key.size())) {
      const auto begin = at + key.size();
      masked.replace(begin, std::min(masked.find_first_of("& ", begin), masked.size()) - begin, "***");
    }
  return masked;
}

std::string show(const Effective& effective) {
  std::string text;
  for (const Option& option : options()) {
    std::string value;
    const auto& values = effective.values.at(option.name);
    for (const std::string& each : values) {
      if (!value.empty()) value += ", ";
      value += '"';
      for (const char c : option.secret ? mask_secrets(each) : each) {
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
