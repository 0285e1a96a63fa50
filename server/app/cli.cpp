// The command line; the only file here that sees CLI11.
#include "server/app/cli.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "server/app/health.hpp"
#include "server/app/migrate.hpp"
#include "server/app/relay.hpp"
#include "server/app/scrub.hpp"
#include "server/app/service.hpp"
#include "server/app/transcoding.hpp"
#include "server/base/version.hpp"

namespace app {

namespace {
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int complain(const base::Error& error, const char* program = "dualcamd") {
  fmt::print(stderr, "{}: {}\n", program, error.message);
  return error.code == base::Errc::invalid ? exit_usage : exit_failed;
}

// Flags of every command that reads the configuration.
struct Given {
  std::string config;
  std::deque<std::pair<const Option*, std::vector<std::string>>> flags;

  void add_to(CLI::App& command) {
    command.add_option("--config", config, "Configuration file, TOML; or DUALCAMD_CONFIG")->type_name("FILE");
    for (const Option& option : options()) {
      auto& slot = flags.emplace_back(&option, std::vector<std::string>{});
      std::string help = option.help;
      if (!option.built_in.empty()) help += fmt::format(" [{}]", option.built_in);
      auto* added = command.add_option("--" + option.name, slot.second, help)->type_name(option.placeholder);
      added->expected(1)->allow_extra_args(false);
      added->multi_option_policy(option.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                                   : CLI::MultiOptionPolicy::TakeLast);
    }
  }

  Values values() const {
    Values given;
    for (const auto& [option, texts] : flags)
      if (!texts.empty()) given[option->name] = texts;
    return given;
  }

  // `before`: what stood in front of the command's name, and counts where the command's own flags say nothing.
  base::Result<Effective> effective(const Given& before) const {
    Values file;
    std::string path = config.empty() ? before.config : config;
    if (const char* variable = std::getenv(config_variable); path.empty() && variable != nullptr) path = variable;
    if (!path.empty()) {
      auto read = read_toml(path);
      if (!read) return std::unexpected(read.error());
      file = std::move(*read);
    }
    Values given = values();
    given.merge(before.values());
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    auto environment = read_environment(variables);
    if (!environment) return std::unexpected(environment.error());
    return combine(file, *environment, given);
  }
};

constexpr const char* examples = R"(
Examples:
  dualcamd serve --data-dir /var/lib/dualcamd
  dualcamd serve --dualcam-listen 0.0.0.0:7700 --dualcam-tls-listen 0.0.0.0:7701 --tls-cert chain.pem --tls-key key.pem
  DUALCAMD_LOG_FORMAT=json dualcamd serve --config /etc/dualcamd.toml
  dualcamd check-config --config /etc/dualcamd.toml
  dualcamd scrub --rehash-all --data-dir /var/lib/dualcamd
  dualcamd healthy --ready
  dualcamd migrate --dry-run --catalog postgresql://owner@db/dualcam

Every flag can stand in the environment (--data-dir is DUALCAMD_DATA_DIR; DUALCAMD_CATALOG_FILE names a file whose first
line is the value, for secrets) and in the file (data-dir = "…").
Exit codes: 0 done, 1 it could not be done, 2 wrong usage or configuration.)";

constexpr const char* transcode_examples = R"(
Any number of these work on one catalog, on any number of machines; beside them run the servers with --transcode-jobs 0,
or with a few of their own. Settings are those of dualcamd, from the same file and environment; what is about cameras is
passed over. The API and the figures are served where --http-listen is given.

Examples:
  dualcam-transcode --catalog postgresql://dualcam@db/dualcam --objects 's3://fleet?endpoint=https://s3:9000' --transcode-jobs 4
  dualcam-transcode --config /etc/dualcamd.toml --data-dir /var/lib/dualcam-transcode

Exit codes: 0 done, 1 it could not be done, 2 wrong usage or configuration.)";

// The configuration is in force when it returns.
base::Result<Effective> configure(const Given& given, const Given& before) {
  auto effective = given.effective(before);
  if (!effective) return effective;
  base::log::configure(effective->settings.log);
  for (const std::string& warning : effective->warnings) base::log::warning(warning);
  return effective;
}
}  // namespace

int run(int argc, char** argv) {
  CLI::App program{"dualcamd takes photos and videos from Teltonika cameras and loses none of them.", "dualcamd"};
  program.footer(examples);
  program.require_subcommand(0, 1);

  // `serve` is the default: its flags are understood without naming it, and in front of every command's name.
  Given serve_flags;
  Given migrate_flags;
  Given scrub_flags;
  Given check_flags;
  Given health_flags;
  Given bare_flags;
  bare_flags.add_to(program);
  auto* serve_command = program.add_subcommand("serve", "Run the server (the default)");
  auto* migrate_command = program.add_subcommand("migrate", "Bring the catalog's schema up to date");
  auto* scrub_command = program.add_subcommand("scrub", "Compare the catalog with the stored objects, once");
  auto* check_command = program.add_subcommand("check-config", "Print the effective configuration, secrets masked");
  auto* health_command = program.add_subcommand("healthy", "Ask the running server how it is: exit code 0 or 1");
  auto* version_command = program.add_subcommand("version", "Print the version");
  serve_flags.add_to(*serve_command);
  migrate_flags.add_to(*migrate_command);
  scrub_flags.add_to(*scrub_command);
  check_flags.add_to(*check_command);
  health_flags.add_to(*health_command);
  HealthOptions health_options;
  health_command->add_flag("--ready", health_options.ready, "That it can take work, not only that it lives");
  MigrateOptions migrate_options;
  migrate_command->add_flag("--dry-run", migrate_options.dry_run, "Only say what would be applied");
  migrate_command->add_flag("--json", migrate_options.json, "Say it in JSON");
  ScrubCommand scrub_options;
  scrub_command->add_flag("--json", scrub_options.json, "Say what was found in JSON");
  scrub_command->add_flag("--rehash-all", scrub_options.rehash_all, "Read every stored file, not a sample");

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : exit_usage;
  }
  if (version_command->parsed()) {
    fmt::print("dualcamd {}\n", base::version());
    return 0;
  }
  const Given* given = &bare_flags;
  if (serve_command->parsed()) given = &serve_flags;
  if (migrate_command->parsed()) given = &migrate_flags;
  if (scrub_command->parsed()) given = &scrub_flags;
  if (check_command->parsed()) given = &check_flags;
  if (health_command->parsed()) given = &health_flags;
  const auto effective = configure(*given, bare_flags);
  if (!effective) return complain(effective.error());
  if (check_command->parsed()) {
    fmt::print("{}", show(*effective));
    const std::string& relay = effective->settings.relay_file;
    const auto good = relay.empty() ? base::Result<>() : check_relay_file(relay);
    return good ? 0 : complain(good.error());
  }
  if (scrub_command->parsed()) {
    const auto clean = scrub(effective->settings, scrub_options);
    if (!clean) return complain(clean.error());
    return *clean ? 0 : exit_failed;
  }
  base::Result<> done;
  if (health_command->parsed())
    done = ask_health(effective->settings, health_options);
  else if (migrate_command->parsed())
    done = migrate(effective->settings, migrate_options);
  else
    done = serve(effective->settings);
  return done ? 0 : complain(done.error());
}

int run_transcode(int argc, char** argv) {
  constexpr const char* name = "dualcam-transcode";
  CLI::App program{"dualcam-transcode makes stored files ready to be shown: video for every browser, thumbnails.",
                   name};
  program.footer(transcode_examples);
  Given flags;
  flags.add_to(program);
  bool version = false;
  program.add_flag("--version", version, "Print the version");
  bool healthy = false;
  program.add_flag("--healthy", healthy, "Ask the running program at --http-listen how it is: exit code 0 or 1");
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : exit_usage;
  }
  if (version) {
    fmt::print("{} {}\n", name, base::version());
    return 0;
  }
  const auto effective = configure(flags, {});
  if (!effective) return complain(effective.error(), name);
  if (healthy) {
    const auto well = ask_health(effective->settings, {});
    return well ? 0 : complain(well.error(), name);
  }
  const bool with_http = effective->origins.at("http-listen") != Origin::built_in;
  const auto done = transcode_only(effective->settings, with_http);
  return done ? 0 : complain(done.error(), name);
}

}  // namespace app
