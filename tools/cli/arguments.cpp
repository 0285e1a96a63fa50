// The one file that knows CLI11.
#include "tools/cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "tools/cli/commands.hpp"

namespace cli {

namespace {
CompletedCommand described(const CLI::App& app) {
  CompletedCommand command{.name = app.get_name(), .help = app.get_description(), .options = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      command.takes_path = command.takes_path || option->get_name() == "FILE" || option->get_name() == "DIR";
      continue;
    }
    command.options.push_back({.name = "--" + option->get_lnames().front(),
                               .help = option->get_description(),
                               .takes_value = option->get_expected_max() > 0,
                               .takes_path = option->get_type_name() == "PATH"});
  }
  for (const CLI::App* sub : app.get_subcommands(nullptr)) command.commands.push_back(described(*sub));
  return command;
}
}  // namespace

Argument& Argument::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Argument& Argument::capture_default_str() {
  option_->capture_default_str();
  return *this;
}

Argument& Argument::required() {
  option_->required();
  return *this;
}

Argument& Argument::envname(const std::string& name) {
  option_->envname(name);
  return *this;
}

Argument& Argument::excludes(const Argument& other) {
  option_->excludes(other.option_);
  return *this;
}

Argument& Argument::within(unsigned least, unsigned most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Argument& Argument::within(double least, double most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Argument& Argument::one_of(std::initializer_list<std::string> words) {
  option_->check(CLI::IsMember(std::vector<std::string>(words)));
  return *this;
}

template <class Value>
Argument Arguments::add_option(const std::string& name, Value& value, const std::string& words) {
  return Argument(app_->add_option(name, value, words));
}

template Argument Arguments::add_option(const std::string&, std::string&, const std::string&);
template Argument Arguments::add_option(const std::string&, double&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::uint16_t&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::uint32_t&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::uint64_t&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::int64_t&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::optional<std::string>&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::optional<std::uint64_t>&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::optional<std::uint16_t>&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::optional<std::uint32_t>&, const std::string&);
template Argument Arguments::add_option(const std::string&, std::vector<std::string>&, const std::string&);

Argument Arguments::add_flag(const std::string& name, bool& value, const std::string& words) {
  return Argument(app_->add_flag(name, value, words));
}

Arguments Arguments::add_command(const std::string& name, const std::string& words) {
  return Arguments(*app_->add_subcommand(name, words));
}

void Arguments::footer(const std::string& text) {
  app_->footer(text);
}

void Arguments::require_command() {
  app_->require_subcommand(1);
}

bool Arguments::parsed() const {
  return app_->parsed();
}

CommandLine::CommandLine(const std::string& name, const std::string& words, const std::string& version,
                         const std::string& footer)
    : app_(std::make_unique<CLI::App>(words, name)) {
  app_->require_subcommand(1);
  app_->set_version_flag("--version", version);
  app_->footer(footer);
  app_->failure_message([name](const CLI::App*, const CLI::Error& error) {
    return fmt::format("{}: {}. {} COMMAND --help shows what each command takes.\n", name, error.what(), name);
  });
}

CommandLine::~CommandLine() = default;

std::optional<int> CommandLine::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? EXIT_SUCCESS : usage_error;
  }
}

std::vector<CompletedCommand> CommandLine::commands() const {
  return described(*app_).commands;
}

}  // namespace cli
