// What the server knows: its log, its cameras; and its switches and rules.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "server/base/json.hpp"
#include "tools/trigger/api.hpp"
#include "tools/trigger/model.hpp"
#include "tools/trigger/remote.hpp"
#include "tools/trigger/words.hpp"

namespace trigger {

namespace {
using base::Errc;
using http::Client;
using http::Method;

constexpr std::size_t largest_rules = 4UL * 1024 * 1024;  // more than any server takes

using InWords = base::Result<std::string> (*)(std::string_view);

// The answer as it is or in words.
Outcome print(const base::Result<http::Answer>& answer, const ServerOptions& options, InWords in_words) {
  if (!answer) return complain(answer.error());
  if (options.json) {
    fmt::print("{}\n", answer->body);
    return Outcome::good;
  }
  const auto words = in_words(answer->body);
  if (!words) return complain(words.error());
  fmt::print("{}", *words);
  return Outcome::good;
}

base::Result<std::string> path_of(const ListOptions& options) {
  if (options.incoming && options.outgoing)
    return base::fail(Errc::invalid, "--in and --out leave nothing; without them, both are listed.");
  std::string path = fmt::format("/api/v1/triggers?limit={}", options.limit);
  if (options.incoming || options.outgoing) path += fmt::format("&incoming={}", options.incoming);
  const auto add = [&path](std::string_view name, const std::string& value) {
    if (!value.empty()) path += fmt::format("&{}={}", name, Client::escape(value));
  };
  add("protocol", options.protocol);
  add("endpoint", options.endpoint);
  add("rule", options.rule);
  add("outcome", options.outcome);
  add("take", options.take);
  add("cause", options.cause);
  add("from", options.from);
  add("to", options.to);
  return path;
}

base::Result<std::string> path_of(const ArmOptions& options) {
  std::string all = "/api/v1/relay/arms/global";
  if (options.scope.empty()) return all;
  if (options.scope != "rule" && options.scope != "target")
    return base::fail(Errc::invalid, fmt::format("There is no switch of a \"{}\", but of a rule or a target; without "
                                                 "either everything is switched.",
                                                 options.scope));
  if (options.name.empty())
    return base::fail(Errc::invalid, fmt::format("Which {}? Its name is missing.", options.scope));
  return fmt::format("/api/v1/relay/arms/{}/{}", options.scope, Client::escape(options.name));
}

base::Result<std::string> body_of(const ArmOptions& options) {
  base::JsonWriter json;
  json.begin_object();
  json.member("armed", options.armed);
  if (!options.length.empty()) {
    const auto length = parse_length(options.length);
    if (!length) return std::unexpected(length.error());
    json.member("for_s", std::chrono::ceil<std::chrono::seconds>(*length).count());
  }
  json.end_object();
  return std::move(json).take();
}

base::Result<std::string> content_of(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string content(largest_rules + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (path != "-" && !file.is_open()))
    return base::fail(Errc::io, fmt::format("{} cannot be read.", path));
  if (content.size() > largest_rules)
    return base::fail(Errc::invalid, fmt::format("{} is too large to be rules.", path));
  return content;
}

base::Result<http::Answer> put_rules(Api& api, const std::string& rules) {
  const auto standing = api.get("/api/v1/relay/rules");
  if (!standing) return standing;
  return api.ask(Method::put, "/api/v1/relay/rules", rules, standing->etag);
}
// That of the endpoint, unless it is said.
base::Result<std::string> protocol_of(Api& api, const DryRunOptions& options) {
  if (!options.protocol.empty()) return options.protocol;
  const auto camera = api.get("/api/v1/cameras/" + Client::escape(options.endpoint));
  if (!camera) return std::unexpected(camera.error());
  return protocol_in(camera->body);
}
}  // namespace

Outcome run_list(const ListOptions& options) {
  const auto path = path_of(options);
  if (!path) return complain(path.error());
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  return print(api->get(*path), options.server, log_in_words);
}

Outcome run_cameras(const CamerasOptions& options) {
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  const auto list = api->get("/api/v1/cameras");
  const Outcome printed = print(list, options.server, cameras_in_words);
  if (printed != Outcome::good || !options.ready) return printed;
  return all_ready(list->body).value_or(false) ? Outcome::good : Outcome::bad;
}

Outcome run_arm(const ArmOptions& options) {
  const auto path = path_of(options);
  if (!path) return complain(path.error());
  const auto body = body_of(options);
  if (!body) return complain(body.error());
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  return print(api->ask(Method::put, *path, *body), options.server, arm_in_words);
}

Outcome run_rules(const RulesOptions& options) {
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  if (options.put.empty()) return print(api->get("/api/v1/relay/rules"), options.server, rules_in_words);
  const auto rules = content_of(options.put);
  if (!rules) return complain(rules.error());
  return print(put_rules(*api, *rules), options.server, rules_in_words);
}

Outcome run_dry_run(const DryRunOptions& options) {
  if (options.endpoint.empty() && options.protocol.empty())
    return complain(
        {Errc::invalid, "Who would hear it? Give --endpoint NAME, or --protocol edgertronic or shogun.", 0});
  const auto raw = base::from_hex(options.hex);
  if (!raw)
    return complain({Errc::invalid, "--hex is pairs of hexadecimal digits, perhaps with blanks between them.", 0});
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  const auto protocol = protocol_of(*api, options);
  if (!protocol) return complain(protocol.error());
  base::JsonWriter json;
  json.begin_object();
  if (!options.endpoint.empty()) json.member("source", std::string_view(options.endpoint));
  json.member("protocol", std::string_view(*protocol));
  json.member("raw", base::to_hex(*raw));
  json.end_object();
  return print(api->ask(Method::post, "/api/v1/relay/rules/dry-run", std::move(json).take()), options.server,
               rehearsal_in_words);
}

}  // namespace trigger
