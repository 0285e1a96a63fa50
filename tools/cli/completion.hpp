// Completion scripts for shells, made from the command line's own description so that they cannot fall behind it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct CompletedOption {
  std::string name;  // "--server"
  std::string help;
  bool takes_value = false;
  bool takes_path = false;
};

struct CompletedCommand {
  std::string name;
  std::string help;
  std::vector<CompletedOption> options;
  bool takes_path = false;                 // as an argument
  std::vector<CompletedCommand> commands;  // below it, in place of options
};

// `shell`: bash, zsh or fish; nothing for another one.
std::optional<std::string> completion_script(std::string_view shell, const std::vector<CompletedCommand>& commands);

}  // namespace cli
