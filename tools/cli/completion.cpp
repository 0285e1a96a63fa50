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

void bash_options(std::string& out, const CompletedCommand& command, const std::string& indent) {
  out += fmt::format("{}case \"$before\" in\n", indent);
  const std::string paths = names(command.options, [](const auto& option) { return option.takes_path; }, "|");
  const std::string values =
      names(command.options, [](const auto& option) { return option.takes_value && !option.takes_path; }, "|");
  if (!paths.empty()) out += fmt::format("{}  {}) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", indent, paths);
  if (!values.empty()) out += fmt::format("{}  {}) return ;;\n", indent, values);
  out += indent + "esac\n";
  if (command.takes_path)
    out += indent + "if [[ $word != -* ]]; then COMPREPLY=($(compgen -f -- \"$word\")); return; fi\n";
  out += fmt::format("{}COMPREPLY=($(compgen -W '{}' -- \"$word\"))\n", indent, names(command.options, all));
}

// One of the commands is the word at `depth`.
void bash_commands(std::string& out, const Commands& commands, int depth) {
  const std::string indent(static_cast<std::size_t>(4 * depth - 2), ' ');
  out += fmt::format("{}if [ \"$COMP_CWORD\" -eq {} ]; then COMPREPLY=($(compgen -W '{}' -- \"$word\")); return; fi\n",
                     indent, depth, names(commands, all));
  out += fmt::format("{}case \"${{COMP_WORDS[{}]}}\" in\n", indent, depth);
  for (const CompletedCommand& command : commands) {
    out += fmt::format("{}  {})\n", indent, command.name);
    if (command.commands.empty())
      bash_options(out, command, indent + "    ");
    else
      bash_commands(out, command.commands, depth + 1);
    out += indent + "    ;;\n";
  }
  out += indent + "esac\n";
}

std::string bash(const Commands& commands) {
  std::string out =
      "# dualcam: completion for bash. Load it with: source <(dualcam completion bash)\n"
      "_dualcam() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  COMPREPLY=()\n";
  bash_commands(out, commands, 1);
  return out + "}\ncomplete -o filenames -F _dualcam dualcam\n";
}

void zsh_options(std::string& out, const CompletedCommand& command, const std::string& indent) {
  out += indent + "_arguments";
  for (const CompletedOption& option : command.options)
    out += fmt::format(" \\\n{}  '*{}[{}]{}'", indent, option.name, quoted(option.help, "[]:"),
                       option.takes_path    ? ":file:_files"
                       : option.takes_value ? ":value:"
                                            : "");
  if (command.takes_path) out += fmt::format(" \\\n{}  '*:file:_files'", indent);
  out += '\n';
}

// One of the commands is the second of the words that are left.
void zsh_commands(std::string& out, const Commands& commands, const std::string& indent) {
  out += indent + "commands=(\n";
  for (const CompletedCommand& command : commands)
    out += fmt::format("{}  '{}:{}'\n", indent, command.name, quoted(command.help, ":"));
  out += fmt::format("{0})\n{0}if (( CURRENT == 2 )); then _describe command commands; return; fi\n", indent);
  out += indent + "case \"$words[2]\" in\n";
  for (const CompletedCommand& command : commands) {
    out += fmt::format("{}  {}) shift words; (( CURRENT-- ))\n", indent, command.name);
    if (command.commands.empty())
      zsh_options(out, command, indent + "    ");
    else
      zsh_commands(out, command.commands, indent + "    ");
    out += indent + "    ;;\n";
  }
  out += indent + "esac\n";
}

std::string zsh(const Commands& commands) {
  std::string out =
      "#compdef dualcam\n# dualcam: completion for zsh. Put it into a file _dualcam in a folder of $fpath.\n"
      "_dualcam() {\n  local -a commands\n";
  zsh_commands(out, commands, "  ");
  return out + "}\ncompdef _dualcam dualcam\n";
}

// `inside`: what fish asks whether the words before are those of this command.
void fish_command(std::string& out, const CompletedCommand& command, const std::string& inside) {
  if (command.takes_path) out += fmt::format("complete -c dualcam -n '{}' -F\n", inside);
  for (const CompletedOption& option : command.options)
    out +=
        fmt::format("complete -c dualcam -n '{}' -l {} -d '{}'{}\n", inside, option.name.substr(2), quoted(option.help),
                    option.takes_path    ? " -r -F"
                    : option.takes_value ? " -x"
                                         : "");
  for (const CompletedCommand& each : command.commands) {
    out += fmt::format("complete -c dualcam -n '{}; and not __fish_seen_subcommand_from {}' -a {} -d '{}'\n", inside,
                       names(command.commands, all), each.name, quoted(each.help));
    fish_command(out, each, fmt::format("{}; and __fish_seen_subcommand_from {}", inside, each.name));
  }
}

std::string fish(const Commands& commands) {
  std::string out =
      "# dualcam: completion for fish. Load it with: dualcam completion fish | source\n"
      "complete -c dualcam -f\n";
  for (const CompletedCommand& command : commands) {
    out +=
        fmt::format("complete -c dualcam -n __fish_use_subcommand -a {} -d '{}'\n", command.name, quoted(command.help));
    fish_command(out, command, fmt::format("__fish_seen_subcommand_from {}", command.name));
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
