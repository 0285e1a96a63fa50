#include "tools/cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cli {

namespace {
using Commands = std::vector<CompletedCommand>;

// Inside single quotes of any of the three shells; zsh also wants brackets and colons of a description escaped.
std::string quoted(std::string_view text, std::string_view escaped = "") {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (escaped.find(c) != std::string_view::npos)
      out += fmt::format("\\{}", c);
    else
      out += c;
  }
  return out;
}

template <class Range, class Keep>
std::string names(const Range& range, Keep keep, std::string_view separator = " ") {
  std::string out;
  for (const auto& entry : range)
    if (keep(entry)) out += fmt::format("{}{}", out.empty() ? "" : separator, entry.name);
  return out;
}

constexpr auto all = [](const auto&) { return true; };

std::string bash(const Commands& commands) {
  std::string out =
      "# dualcam: completion for bash. Load it with: source <(dualcam completion bash)\n"
      "_dualcam() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  COMPREPLY=()\n";
  out += fmt::format("  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W '{}' -- \"$word\")); return; fi\n",
                     names(commands, all));
  out += "  case \"${COMP_WORDS[1]}\" in\n";
  for (const CompletedCommand& command : commands) {
    out += fmt::format("    {})\n      case \"$before\" in\n", command.name);
    const std::string paths = names(command.options, [](const auto& option) { return option.takes_path; }, "|");
    const std::string values =
        names(command.options, [](const auto& option) { return option.takes_value && !option.takes_path; }, "|");
    if (!paths.empty()) out += fmt::format("        {}) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", paths);
    if (!values.empty()) out += fmt::format("        {}) return ;;\n", values);
    out += "      esac\n";
    if (command.takes_path)
      out += "      if [[ $word != -* ]]; then COMPREPLY=($(compgen -f -- \"$word\")); return; fi\n";
    out += fmt::format("      COMPREPLY=($(compgen -W '{}' -- \"$word\")) ;;\n", names(command.options, all));
  }
  return out + "  esac\n}\ncomplete -o filenames -F _dualcam dualcam\n";
}

std::string zsh(const Commands& commands) {
  std::string out =
      "#compdef dualcam\n# dualcam: completion for zsh. Put it into a file _dualcam in a folder of $fpath.\n"
      "_dualcam() {\n  local -a commands\n  commands=(\n";
  for (const CompletedCommand& command : commands)
    out += fmt::format("    '{}:{}'\n", command.name, quoted(command.help, ":"));
  out += "  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n  case \"$words[2]\" in\n";
  for (const CompletedCommand& command : commands) {
    out += fmt::format("    {}) shift words; (( CURRENT-- )); _arguments", command.name);
    for (const CompletedOption& option : command.options)
      out += fmt::format(" \\\n      '*{}[{}]{}'", option.name, quoted(option.help, "[]:"),
                         option.takes_path    ? ":file:_files"
                         : option.takes_value ? ":value:"
                                              : "");
    if (command.takes_path) out += " \\\n      '*:file:_files'";
    out += " ;;\n";
  }
  return out + "  esac\n}\ncompdef _dualcam dualcam\n";
}

std::string fish(const Commands& commands) {
  std::string out =
      "# dualcam: completion for fish. Load it with: dualcam completion fish | source\n"
      "complete -c dualcam -f\n";
  for (const CompletedCommand& command : commands) {
    out +=
        fmt::format("complete -c dualcam -n __fish_use_subcommand -a {} -d '{}'\n", command.name, quoted(command.help));
    const std::string inside = fmt::format("-n '__fish_seen_subcommand_from {}'", command.name);
    if (command.takes_path) out += fmt::format("complete -c dualcam {} -F\n", inside);
    for (const CompletedOption& option : command.options)
      out += fmt::format("complete -c dualcam {} -l {} -d '{}'{}\n", inside, option.name.substr(2), quoted(option.help),
                         option.takes_path    ? " -r -F"
                         : option.takes_value ? " -x"
                                              : "");
  }
  return out;
}
}  // namespace

std::optional<std::string> completion_script(std::string_view shell, const Commands& commands) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  return std::nullopt;
}

}  // namespace cli
