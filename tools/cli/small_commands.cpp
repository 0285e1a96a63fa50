// What dualcam says of itself: completion scripts and its version.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "server/base/version.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/completion.hpp"
#include "tools/cli/examples.hpp"

namespace cli {

Command add_completion(Arguments program, const CommandLine& line) {
  Arguments app = program.add_command("completion", "Print a completion script for a shell");
  const auto shell = std::make_shared<std::string>();
  app.add_option("SHELL", *shell, "bash, zsh or fish").required().type_name("").one_of({"bash", "zsh", "fish"});
  app.footer(completion_examples);
  return {app, [shell, &line] {
            fmt::print("{}", completion_script(*shell, line.commands()).value_or(""));
            return EXIT_SUCCESS;
          }};
}

Command add_version(Arguments program) {
  Arguments app = program.add_command("version", "Print the version");
  app.footer("Example:\n  dualcam version");
  return {app, [] {
            fmt::print("dualcam {}\n", base::version());
            return EXIT_SUCCESS;
          }};
}

int run_given(const std::vector<Command>& commands) {
  for (const Command& each : commands)
    if (each.arguments.parsed()) return each.run();
  return usage_error;  // the parser saw to it that one was
}

}  // namespace cli
